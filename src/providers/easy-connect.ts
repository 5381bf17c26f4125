/**
 * `easy-connect`: Easy Labs' Easy-Connect (https://docs.itseasy.co). It knows customers by their email and sends to the
 * phone that it has of them: any other number would be proven by a code that never went there. The session that it mints
 * for a right code is left in its answer.
 */
import type { EasySettings } from '../kernel/config-easy.js';
import { ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, expectJson, expectOk, type HttpAnswer } from './http.js';
import type { CheckResult, Subject, VerificationProvider } from './provider.js';

const NAME = 'easy-connect';

export function easyConnectProvider(
  { baseUrl, apiKey, sendPath }: EasySettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const headers = { 'x-easy-api-key': apiKey, 'content-type': 'application/json' };
  const post = (path: string, body: object, signal: AbortSignal) =>
    http.call({ method: 'POST', path, headers, body: JSON.stringify(body) }, signal);

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'RECIPIENT',
    capabilities: {
      channels: { SMS: { customText: false, senderId: false, languages: ['en'] } },
      // Twilio Verify's, which stands behind it.
      codeLength: { min: 6, max: 6 },
      timeoutSeconds: { min: 30, max: 600 },
      maxAttempts: { min: 1, max: 5 },
      deliveryReports: false,
      idempotent: false,
      needs: ['email', 'primary'],
    },
    async start({ subject, recipient }, signal) {
      const answer = await post(sendPath, { email: emailOf(subject), phone: recipient }, signal);
      const { success, data, sent = (data as { sent?: unknown } | null | undefined)?.sent } = expectJson(NAME, answer);
      if (success === false || sent === false)
        throw new ProviderError('FINAL', `${NAME} did not send it, and does not say why`);
      if (sent !== true) throw unreadable(NAME);
      return {};
    },
    async check({ subject, code }, signal) {
      const answer = await post('/v1/api/easy-connect/verify', { email: emailOf(subject), code }, signal);
      const refused = refusalOf(answer);
      if (refused) return refused;
      if (expectJson(NAME, answer)['success'] === true) return 'CORRECT';
      throw unreadable(NAME);
    },
    async probe(signal) {
      const path = '/v1/api/validate-key';
      expectOk(NAME, await http.call({ method: 'GET', path, headers }, signal));
    },
    close: () => http.close(),
  };
}

function emailOf({ email }: Subject): string {
  if (email === undefined) throw new ProviderError('FINAL', `${NAME} needs the customer's email`);
  return email;
}

/** What the envelope `{ success: false, error: { code } }` says of a guess; undefined where it says nothing of one. */
function refusalOf({ status, json }: HttpAnswer): CheckResult | undefined {
  const code = (json?.['error'] as { code?: unknown } | null | undefined)?.code;
  if (json?.['success'] !== false || typeof code !== 'string' || status === 429 || status >= 500) return undefined;
  if (/key|unauth|forbidden/i.test(code)) return undefined;
  // The codes are not published. Refused credentials (RFC 9110 section 15.5.2) taken for a wrong guess would spend the
  // attempts of everybody.
  if ((status === 401 || status === 403) && !/otp|passcode|(?<!de|en)code|attempts/i.test(code)) return undefined;
  if (status === 404 || /expired|attempts|not_found/i.test(code)) return 'ENDED';
  return 'INCORRECT';
}
