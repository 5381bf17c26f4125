/** What a page does with nothing but a publishable key. */
import { newId } from '../../src/kernel/ids.js';
import type { CustomerView } from './caller.js';
import { type Answer, type CallOptions, dataOf, postGraphql } from './graphql-client.js';
import type { TestWorkspace } from './workspace.js';

const SESSION = `__typename
  ... on CustomerSession {
    accessToken idToken refreshToken tokenType expiresInSeconds expiresAt refreshableUntil sessionId
    customer { id email phone contactVerification { email phone }
      contactPoints { kind value isPrimary verifiedAt verifiedBy } }
  }
  ... on Refused { code message retryAfterSeconds }`;

export const CONNECT = {
  send: 'mutation ($input: SendConnectCodeInput!) { result: sendConnectCode(input: $input) { sent } }',
  confirm: `mutation ($input: ConfirmConnectCodeInput!) { result: confirmConnectCode(input: $input) { ${SESSION} } }`,
  refresh: `mutation ($input: RefreshSessionInput!) { result: refreshSession(input: $input) { ${SESSION} } }`,
  end: 'mutation ($input: EndSessionInput!) { result: endSession(input: $input) { ended } }',
  viewer: '{ viewer { kind mode scopes customer { id contactVerification { email phone } } } }',
} as const;

export interface SessionView {
  __typename: 'CustomerSession' | 'Refused';
  code?: string;
  accessToken: string;
  idToken: string;
  refreshToken: string;
  tokenType: string;
  expiresInSeconds: number;
  expiresAt: string;
  refreshableUntil: string;
  sessionId: string | null;
  customer: CustomerView;
}

export interface Browser {
  readonly keyId: string;
  readonly key: string;
  /** Calls come each from an address of its own, as far as the gateway trusts this machine as a proxy. */
  send(email: string, options?: CallOptions): Promise<Answer<{ result: { sent: boolean } }>>;
  /** Whether it was said to be sent. */
  asks(email: string, options?: CallOptions): Promise<boolean>;
  confirm(input: Record<string, unknown>): Promise<SessionView>;
  /** Asks for a code and enters test mode's. */
  connect(email: string, more?: Record<string, unknown>): Promise<SessionView>;
  refresh(refreshToken: string): Promise<SessionView>;
  /** How many sessions ended. */
  end(input: Record<string, unknown>, options?: CallOptions): Promise<number>;
}

let clients = 0;

/** @param url where the gateway is; several: calls go round all of them */
export async function createBrowser(
  url: string | readonly string[],
  workspace: TestWorkspace,
  mode: 'TEST' | 'LIVE' = 'TEST',
  given?: { id: string; secret: string },
): Promise<Browser> {
  const { id: keyId, secret: key } = given ?? (await workspace.key({ kind: 'PUBLISHABLE', mode }));
  const urls = typeof url === 'string' ? [url] : url;
  let calls = 0;
  const post = <Result>(document: keyof typeof CONNECT, input: object, options: CallOptions = {}) => {
    calls += 1;
    const at = urls[calls % urls.length] as string;
    clients += 1;
    const headers = { 'x-forwarded-for': `2001:db8:${clients.toString(16)}::1`, ...options.headers };
    return postGraphql<{ result: Result }>(at, CONNECT[document], { input }, { key, ...options, headers });
  };
  const session = async (document: 'confirm' | 'refresh', input: object) =>
    dataOf(await post<SessionView>(document, input)).result;
  const browser: Browser = {
    keyId,
    key,
    send: (email, options) => post<{ sent: boolean }>('send', { email }, options),
    asks: async (email, options) => dataOf(await browser.send(email, options)).result.sent,
    confirm: (input) => session('confirm', input),
    async connect(email, more = {}) {
      await browser.send(email);
      return browser.confirm({ email, code: '123456', ...more });
    },
    refresh: (refreshToken) => session('refresh', { refreshToken }),
    end: async (input, options) => dataOf(await post<{ ended: number }>('end', input, options)).result.ended,
  };
  return browser;
}

let people = 0;

/** An email and a phone that nobody else in the test has. */
export function newPerson(): { email: string; phone: string } {
  people += 1;
  const number = String(2_000_000 + people).padStart(7, '0');
  return { email: `person-${people}-${newId().slice(-6)}@example.com`, phone: `+1415${number}` };
}
