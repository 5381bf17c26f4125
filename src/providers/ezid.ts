/**
 * `ezid`: EZiD's one-time codes (https://ezid.readme.io). Its answer to a send echoes the code, and its answer to a right
 * guess holds tokens of a user: neither is taken out of the answer, so that nothing here can log or keep them.
 */
import type { EzidSettings } from '../kernel/config-ezid.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, expectOk, type HttpAnswer } from './http.js';
import type { CheckResult, VerificationProvider } from './provider.js';

const NAME = 'ezid';

export function ezidProvider(
  { baseUrl, clientId, clientSecret }: EzidSettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const post = (path: string, body: object, signal: AbortSignal) =>
    http.call(
      {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...body }),
      },
      signal,
    );

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'ID',
    capabilities: {
      channels: { SMS: { customText: false, senderId: false, languages: ['en'] } },
      codeLength: { min: 4, max: 6 },
      timeoutSeconds: { min: 30, max: 3600 },
      maxAttempts: { min: 1, max: 10 },
      deliveryReports: false,
      idempotent: false,
    },
    async start({ recipient, codeLength, timeoutSeconds }, signal) {
      // In minutes, and so up to a minute longer than asked: the gateway's own clock ends it in time.
      const expiry = Math.ceil(timeoutSeconds / 60);
      const sending = { digits: codeLength, channel: 'phone', target: recipient, expiry };
      const answer = expectOk(NAME, refuseByReason(await post('/send/otp', sending, signal)));
      const loginId = answer.json?.['login_id'];
      if (typeof loginId !== 'string' || loginId === '') throw unreadable(NAME);
      return { providerRef: loginId };
    },
    async check({ providerRef, code }, signal) {
      if (providerRef === undefined) return 'ENDED';
      const answer = refuseByReason(await post('/verify/otp', { otp: code, login_id: providerRef }, signal));
      const refused = refusalOf(answer);
      if (refused) return refused;
      const proof = expectOk(NAME, answer).json?.['access_token'];
      if (typeof proof === 'string' && proof !== '') return 'CORRECT';
      throw unreadable(NAME);
    },
    async probe(signal) {
      // A refresh of a token that nobody was given: refused, for the client's sake or for the token's.
      const answer = refuseByReason(await post('/refresh', { refresh_token: NOBODYS }, signal), 'refresh');
      if (answer.status === 401 || answer.status === 403 || answer.status === 429 || answer.status >= 500)
        throw faultOfStatus(NAME, answer.status, answer.retryAfterSeconds);
    },
    close: () => http.close(),
  };
}

const NOBODYS = '00000000-0000-4000-8000-000000000000';

/** What `{ error }` says of a guess; undefined where it says nothing of one. */
function refusalOf({ status, json }: HttpAnswer): CheckResult | undefined {
  const error = json?.['error'];
  if (typeof error !== 'string' || status === 429 || status >= 500) return undefined;
  // Refused credentials (RFC 9110 section 15.5.2) taken for a wrong guess would spend the attempts of everybody.
  if ((status === 401 || status === 403) && !/otp|passcode/i.test(error)) return undefined;
  return /expired|not found|exceeded/i.test(error) ? 'ENDED' : 'INCORRECT';
}

/** `{ success: false, reason }` or `{ error }`, whatever the status. Neither text is repeated. */
function refuseByReason(answer: HttpAnswer, asked: 'code' | 'refresh' = 'code'): HttpAnswer {
  const { success, reason, error } = answer.json ?? {};
  if (answer.status === 429 || answer.status >= 500) return answer;
  const told = success === false ? `${reason} ${error}` : String(error);
  if (/client|secret|unauthori[sz]ed/i.test(told)) throw new ProviderError('DOWN', `${NAME} refused the credentials`);
  const isOfClient = answer.status === 401 || answer.status === 403;
  if (success !== false || isOfClient || asked === 'refresh') return answer;
  throw new ProviderError('FINAL', `${NAME} refused it`);
}
