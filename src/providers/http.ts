/**
 * The one door through which the gateway calls out over HTTP. It knows one base URL, follows no redirect, repeats
 * nothing, and gives up on whatever takes too long or says too much.
 */
import { Agent, DecoratorHandler, type Dispatcher, request } from 'undici';
import { untilAborted } from '../kernel/in-time.js';
import { faultOfBaseUrl } from '../kernel/outbound-url.js';
import { describeSpan } from '../telemetry/tracing.js';
import { faultOfStatus, faultOfTransport, ProviderError, unreadable } from './fault.js';

export interface DoorOptions {
  /** Who is called, for errors. */
  readonly provider: string;
  /** From the configuration only. A path of its own is kept. */
  readonly baseUrl: string;
  /** Whether plain http to this machine is allowed: outside production, so that a provider can be faked. */
  readonly allowLoopback?: boolean;
  /** For the whole call, body included. */
  readonly deadlineMs?: number;
}

/** What does not depend on who is called. */
export type CallOptions = Pick<DoorOptions, 'allowLoopback' | 'deadlineMs'>;

export interface OutboundRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Behind the base URL; begins with a slash. Empty: the base URL as it is written, a slash at its end included. Parts
   * that are not constants are `encodeURIComponent`ed.
   */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Seconds, from `Retry-After` as a number (RFC 9110 section 10.2.3); a date is not believed. */
  readonly retryAfterSeconds: number | undefined;
  readonly text: string;
  /** The body as a JSON object; undefined where it is anything else. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

export interface Door {
  /**
   * Makes one call. Any status is an answer; `expectOk` turns those other than 2xx into faults.
   * @throws {ProviderError} DOWN or UNCLEAR
   */
  call(request: OutboundRequest, signal?: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export const DEADLINE_MS = 10_000;
const CONNECT_MS = 3_000;
/** Bytes of an answer that are read. */
export const ANSWER_LIMIT = 64 * 1024;

/** @throws {TypeError} for a base URL that must not be called */
export function createDoor({ provider, baseUrl, allowLoopback = false, deadlineMs = DEADLINE_MS }: DoorOptions): Door {
  const fault = faultOfBaseUrl(baseUrl, allowLoopback);
  if (fault !== undefined) throw new TypeError(`The base URL of ${provider} ${fault}.`);
  const base = baseUrl.replace(/\/+$/, '');
  const host = new URL(base).hostname;
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_MS, deadlineMs) },
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
    maxHeaderSize: 16 * 1024,
    // While a vendor has not chosen between HTTP/2 and 1.1, one connection is tried and every other call queues behind
    // it; and a session of HTTP/2 whose other side is gone is kept past a call that gave it up.
    allowH2: false,
  });

  async function exchange(
    { method, path, headers = {}, body }: OutboundRequest,
    dispatcher: Dispatcher,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const answer = await request(path === '' ? baseUrl : `${base}${path}`, {
      dispatcher,
      method,
      headers: { accept: 'application/json', 'user-agent': 'identity-gateway', ...headers },
      ...(body !== undefined && { body }),
      signal,
    });
    // Neither path nor query: vendors put numbers and ids into theirs.
    const { statusCode } = answer;
    describeSpan({ 'http.request.method': method, 'server.address': host, 'http.response.status_code': statusCode });
    const text = await readAtMost(answer.body, ANSWER_LIMIT, provider);
    return { status: statusCode, retryAfterSeconds: secondsOf(answer), text, json: parseObject(text) };
  }

  return {
    async call(outbound, signal) {
      let begun = false;
      const dispatcher = agent.compose(noticeStart(() => (begun = true)));
      const deadline = AbortSignal.timeout(deadlineMs);
      const given = signal ? AbortSignal.any([deadline, signal]) : deadline;
      try {
        // The client hears the signal once there is a connection: until then a call would wait on in its queue.
        return await untilAborted(given, exchange(outbound, dispatcher, given));
      } catch (error) {
        if (error instanceof ProviderError) throw error;
        throw faultOfTransport(provider, error, begun);
      }
    },
    close: () => agent.destroy(),
  };
}

/** The credentials of HTTP's Basic scheme (RFC 7617). */
export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** @throws {ProviderError} for any status but 2xx */
export function expectOk(provider: string, answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw faultOfStatus(provider, answer.status, answer.retryAfterSeconds);
}

/**
 * The JSON object of a 2xx answer.
 * @throws {ProviderError} for any other status; UNCLEAR where a success cannot be read: it may have been one
 */
export function expectJson(provider: string, answer: HttpAnswer): Readonly<Record<string, unknown>> {
  const { json } = expectOk(provider, answer);
  if (!json) throw unreadable(provider);
  return json;
}

/** Tells when a request is about to be written: what fails earlier cannot have been taken. */
function noticeStart(started: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const watched = new DecoratorHandler(handler) as unknown as Dispatcher.DispatchHandler;
    const begin = watched.onRequestStart?.bind(watched);
    watched.onRequestStart = (controller, context) => {
      started();
      begin?.(controller, context);
    };
    return dispatch(options, watched);
  };
}

async function readAtMost(body: AsyncIterable<Buffer>, limit: number, provider: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection: the rest is never read.
    if (length > limit) throw new ProviderError('UNCLEAR', `${provider} gave an answer that is too long`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function secondsOf({ headers }: { headers: Record<string, string | string[] | undefined> }): number | undefined {
  const value = headers['retry-after'];
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
