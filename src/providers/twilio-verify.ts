/** `twilio-verify`: Twilio's Verify API, version 2 (https://www.twilio.com/docs/verify/api). */

import type { TwilioVerifySettings } from '../kernel/config-twilio.js';
import { languageIn } from '../kernel/region.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { basic, type CallOptions, createDoor, expectJson, expectOk, type HttpAnswer } from './http.js';
import type { CheckResult, UpstreamRef, VerificationProvider } from './provider.js';

const NAME = 'twilio-verify';
/** https://www.twilio.com/docs/verify/supported-languages */
const LANGUAGES =
  'af ar ca cs da de el en es et fi fil fr he hi hr hu id it ja kn ko lt mr ms nb nl no pl pt ro ru sk sv ta te th tr uk vi zh';
/** Where Twilio's name is not the present one of RFC 5646, or is of the variety alone. */
const TWILIO_NAMES: Readonly<Record<string, string>> = { fil: 'tl', no: 'nb' };
const REGIONAL = ['en-GB', 'pt-BR', 'zh-CN', 'zh-HK'];
const CHANNELS = { EMAIL: 'email', SMS: 'sms', WHATSAPP: 'whatsapp', VOICE: 'call' } as const;

export function twilioVerifyProvider(
  { baseUrl, accountSid, authToken, serviceSid, codeLength }: TwilioVerifySettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const service = `/v2/Services/${encodeURIComponent(serviceSid)}`;
  const authorization = basic(accountSid, authToken);
  const languages = LANGUAGES.split(' ');
  const channel = { customText: false, senderId: false, languages };

  const post = (path: string, form: Record<string, string>, signal: AbortSignal) =>
    http.call(
      {
        method: 'POST',
        path: `${service}/${path}`,
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      },
      signal,
    );

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'RECIPIENT',
    capabilities: {
      channels: { EMAIL: channel, SMS: channel, WHATSAPP: channel, VOICE: channel },
      // The length is the service's, ten minutes and five checks are Twilio's.
      codeLength: { min: codeLength, max: codeLength },
      timeoutSeconds: { min: 30, max: 600 },
      maxAttempts: { min: 1, max: 5 },
      deliveryReports: false,
      idempotent: false,
    },
    // Within ten minutes a second creation sends the first one's code again: this is Twilio's resend as well.
    async start({ recipient, channel, locale }, signal) {
      const language = localeOf(locale, languages);
      const form = { To: recipient, Channel: CHANNELS[channel], ...(language && { Locale: language }) };
      const { sid } = expectJson(NAME, refuseByCode(await post('Verifications', form, signal)));
      if (typeof sid !== 'string') throw unreadable(NAME);
      return { providerRef: sid };
    },
    async check({ code, ...ref }, signal) {
      const answer = await post('VerificationCheck', { Code: code, ...targetOf(ref) }, signal);
      // Expired, approved before, canceled, or out of attempts: Twilio forgets all of them alike.
      if (isCode(answer, 20404) || isCode(answer, 60202)) return 'ENDED';
      const { status } = expectJson(NAME, refuseByCode(answer));
      const result = RESULTS[String(status)];
      if (!result) throw unreadable(NAME);
      return result;
    },
    async cancel({ providerRef }, signal) {
      if (providerRef === undefined) return;
      const answer = await post(`Verifications/${encodeURIComponent(providerRef)}`, { Status: 'canceled' }, signal);
      if (!isCode(answer, 20404)) expectOk(NAME, refuseByCode(answer));
    },
    async probe(signal) {
      expectOk(NAME, await http.call({ method: 'GET', path: service, headers: { authorization } }, signal));
    },
    close: () => http.close(),
  };
}

const RESULTS: Readonly<Record<string, CheckResult>> = {
  approved: 'CORRECT',
  pending: 'INCORRECT',
  canceled: 'ENDED',
  max_attempts_reached: 'ENDED',
  deleted: 'ENDED',
  failed: 'ENDED',
  expired: 'ENDED',
};

const targetOf = ({ providerRef, recipient }: UpstreamRef): { VerificationSid: string } | { To: string } =>
  providerRef === undefined ? { To: recipient } : { VerificationSid: providerRef };

/** Twilio's name of a locale, or undefined where it has none: it chooses by the number's country then. */
function localeOf(locale: string, languages: readonly string[]): string | undefined {
  if (REGIONAL.includes(locale)) return locale;
  const language = languageIn(locale);
  return languages.includes(language) ? (TWILIO_NAMES[language] ?? language) : undefined;
}

const codeOf = ({ status, json }: HttpAnswer): number | undefined =>
  status >= 400 && typeof json?.['code'] === 'number' ? json['code'] : undefined;
const isCode = (answer: HttpAnswer, code: number): boolean => codeOf(answer) === code;

/**
 * Codes that mean something else than the status they come with (https://www.twilio.com/docs/api/errors). 20003:
 * credentials. 20404: no such service. 20429 and 60207: too many requests. 60212: too many at once for this number.
 */
const KINDS: Readonly<Record<number, ProviderError['kind']>> = {
  20003: 'DOWN',
  20404: 'DOWN',
  20429: 'RETRY',
  60207: 'RETRY',
  60212: 'RETRY',
};

function refuseByCode(answer: HttpAnswer): HttpAnswer {
  const code = codeOf(answer);
  if (code === undefined) return answer;
  // The rest of Verify's own codes are about this recipient, such as 60200, 60203, 60205, 60220 and 60605, whatever
  // their status: taken for throttling or bad credentials, one number could keep everybody from the provider.
  const kind = KINDS[code] ?? (code >= 60000 && code < 61000 ? 'FINAL' : undefined);
  if (!kind) throw faultOfStatus(NAME, answer.status, answer.retryAfterSeconds);
  const wait = code === 60212 ? undefined : answer.retryAfterSeconds;
  throw new ProviderError(kind, `${NAME} refused it (${code})`, undefined, wait);
}
