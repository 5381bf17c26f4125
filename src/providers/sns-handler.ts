/** What the SDK of Amazon calls SNS by instead of its own HTTP client: the gateway's own door. */
import { Readable } from 'node:stream';
import type { SNSClientConfig } from '@aws-sdk/client-sns';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import type { Door, OutboundRequest } from './http.js';

type Handler = Extract<NonNullable<SNSClientConfig['requestHandler']>, { handle: unknown }>;
type SdkRequest = Parameters<Handler['handle']>[0];

/** @param origin of SNS, where the door leads: what the SDK means for another is never sent */
export function snsHandler(provider: string, door: Door, origin: string): Handler {
  const handler = {
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: unknown } = {}) {
      const { method, path, query = {}, headers, body } = request;
      // Clients that the SDK makes by itself, such as that of STS, inherit the handler: the door would take the token of
      // a web identity to SNS.
      if (originOf(request) !== origin) throw new ProviderError('DOWN', `${provider} was not what the SDK called`);
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value ?? '')]),
      );
      const { host: _, 'content-length': __, ...rest } = headers;
      const outbound: OutboundRequest = {
        method: method as OutboundRequest['method'],
        path: search.size > 0 ? `${path}?${search}` : path,
        headers: rest,
        body: typeof body === 'string' ? body : body && Buffer.from(body as Uint8Array).toString('utf8'),
      };
      const { status, text, retryAfterSeconds } = await door.call(outbound, abortSignal as AbortSignal | undefined);
      if (status === 429) throw faultOfStatus(provider, status, retryAfterSeconds);
      // A page instead of an answer: the parser of the SDK would repeat it in its error.
      if (!text.trimStart().startsWith('<') || /^\s*<(!doctype|html)/i.test(text)) {
        if (status >= 200 && status < 300) throw unreadable(provider);
        throw faultOfStatus(provider, status);
      }
      return { response: { statusCode: status, headers: {}, body: Readable.from([Buffer.from(text)]) } };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
    metadata: { handlerProtocol: 'http/1.1' },
  };
  return handler as unknown as Handler;
}

function originOf({ protocol, hostname, port }: SdkRequest): string {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`).origin;
}
