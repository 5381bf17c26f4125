/**
 * `bird-verify-v1`: Bird's newer Verify API (`/v1/verify/verifications`, as of version 0.63.0 of its TypeScript SDK). It
 * knows verifications by their recipient, and goes through the channels of its plan one after the other.
 */
import { randomUUID } from 'node:crypto';
import type { Channel } from '../entities/verification-step.js';
import type { BirdVerifyV1Settings } from '../kernel/config-bird.js';
import { languageIn } from '../kernel/region.js';
import { ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, expectJson, expectOk, type HttpAnswer } from './http.js';
import type { CheckResult, StartRequest, UpstreamRef, VerificationProvider } from './provider.js';

const NAME = 'bird-verify-v1';
const LANGUAGES =
  'en ar bg cs da de el es fi fr he hi hr hu id it ja ko lt lv mk mn ms nb nl no pl pt ro ru sk sl sr sv th tr uk vi zh';
const WORDS = { EMAIL: 'email', SMS: 'sms', WHATSAPP: 'whatsapp', VOICE: 'voice' } as const satisfies Record<
  Channel,
  string
>;

export function birdVerifyV1Provider(
  { baseUrl, apiKey }: BirdVerifyV1Settings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const authorization = `Bearer ${apiKey}`;
  const languages = LANGUAGES.split(' ');
  const channel = { customText: false, senderId: false, languages };

  async function post(path: string, key: string, body: object, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
    const at = `/v1/verify/verifications${path}`;
    return refuseByStatus(await http.call({ method: 'POST', path: at, headers, body: JSON.stringify(body) }, signal));
  }

  async function start(request: StartRequest, signal: AbortSignal) {
    const { id, locale, codeLength, later = [] } = request;
    const plan: string[] = [request.channel, ...later].map((each) => WORDS[each]);
    const options = {
      code_length: codeLength,
      channels: plan,
      ...(languages.includes(languageIn(locale)) && { language: tagOf(locale) }),
    };
    const answer = startedIn(await post('', id, { to: toOf(request), options }, signal));
    const by = answer['last_channel'];
    // One that is open for this recipient goes on where it is, or sends nothing for now.
    if (typeof by === 'string' && !plan.includes(by))
      throw new ProviderError('FINAL', `${NAME} is at another channel with this recipient`);
    return {};
  }

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'RECIPIENT',
    capabilities: {
      channels: { EMAIL: channel, SMS: channel, WHATSAPP: channel, VOICE: channel },
      // Lengths as the product says; time and attempts are the workspace's: the defaults of the gateway.
      codeLength: { min: 4, max: 8 },
      timeoutSeconds: { min: 30, max: 600 },
      maxAttempts: { min: 1, max: 10 },
      deliveryReports: false,
      idempotent: true,
    },
    // Asked again for a recipient, it sends again. Its id is not kept: a guess names the recipient.
    start,
    async failOver(request, signal) {
      const answer = await post('/next-channel', request.id, { to: toOf(request) }, signal);
      if (answer.status === 404) return start({ ...request, id: `${request.id}.again` }, signal);
      startedIn(answer);
      return {};
    },
    async check({ code, ...ref }, signal) {
      // A key that came twice would be told the answer of the first time: the code of a verification that is over would
      // be right once more.
      const answer = await post('/check', randomUUID(), { to: toOf(ref), code }, signal);
      if (answer.status === 404) return 'ENDED';
      const { success, reason, attempts_remaining: left } = expectJson(NAME, answer);
      if (typeof success !== 'boolean') throw unreadable(NAME);
      return success ? 'CORRECT' : resultOf(reason, left);
    },
    async probe(signal) {
      expectOk(NAME, await http.call({ method: 'GET', path: '/v1/workspace', headers: { authorization } }, signal));
    },
    close: () => http.close(),
  };
}

/** Its Norwegian is known by its country only. */
const tagOf = (locale: string): string => (languageIn(locale) === 'nb' ? 'nb-NO' : locale);

const resultOf = (reason: unknown, left: unknown): CheckResult =>
  reason === 'expired' || reason === 'attempts_exhausted' || left === 0 || left === null ? 'ENDED' : 'INCORRECT';

const toOf = ({ channel, recipient }: Pick<UpstreamRef, 'channel' | 'recipient'>) =>
  channel === 'EMAIL' ? { email: recipient } : { phone_number: recipient };

/** @throws {ProviderError} unless it is open: stopped as abuse, or no channel of its plan carries it */
function startedIn(answer: HttpAnswer): Readonly<Record<string, unknown>> {
  const verification = expectJson(NAME, answer);
  const { status } = verification;
  if (typeof status !== 'string') throw unreadable(NAME);
  if (status !== 'pending') throw new ProviderError('FINAL', `${NAME} did not send it`);
  return verification;
}

function refuseByStatus(answer: HttpAnswer): HttpAnswer {
  // The balance is spent, or the key is of another region: nothing about the recipient.
  if (answer.status === 402 || answer.status === 421)
    throw new ProviderError('DOWN', `${NAME} answered with status ${answer.status}`);
  // A recipient has so many messages an hour, and the answer does not say whether it is theirs that are spent: taken as a
  // wish to be left alone, one number would keep everybody from the provider.
  if (answer.status === 429) throw new ProviderError('RETRY', `${NAME} is throttling`);
  return answer;
}
