/**
 * `bird-verify`: Bird's Verify API of workspaces (https://docs.bird.com/api/verify-api). Steps of the gateway's that
 * follow one another to one recipient are steps of one verification there, with one code and one count of guesses.
 *
 * That a step is sent again and failed over to is documented, by verification and step index; the paths are not
 * published. These are the form that the others have. Where Bird does not know them, a verification of its own is started.
 */

import type { Channel } from '../entities/verification-step.js';
import type { BirdVerifySettings } from '../kernel/config-bird.js';
import { languageIn } from '../kernel/region.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, expectJson, expectOk, type HttpAnswer } from './http.js';
import type { CheckResult, StartRequest, VerificationProvider } from './provider.js';

const NAME = 'bird-verify';
const LANGUAGES = ['af', 'ar', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt', 'ru', 'tr'];
const CHANNEL = { customText: false, senderId: false, languages: LANGUAGES };

export function birdVerifyProvider(
  { baseUrl, accessKey, workspaceId, channels }: BirdVerifySettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const headers = { authorization: `AccessKey ${accessKey}`, 'content-type': 'application/json' };
  const root = `/workspaces/${encodeURIComponent(workspaceId)}/verify`;
  const at = (id: string) => `${root}/${encodeURIComponent(id)}`;
  const post = (path: string, body: object, signal: AbortSignal) =>
    http.call({ method: 'POST', path, headers, body: JSON.stringify(body) }, signal);

  async function start(request: StartRequest, signal: AbortSignal) {
    const { id } = expectJson(NAME, await post(root, creationOf(channels, request), signal));
    if (typeof id !== 'string') throw unreadable(NAME);
    return { providerRef: id };
  }

  /** Why a guess did not verify: the answer of a refusal is not described, and that of the verification is. */
  async function standing(id: string, signal: AbortSignal): Promise<CheckResult> {
    const answer = await http.call({ method: 'GET', path: at(id), headers }, signal);
    if (answer.status === 404) return 'ENDED';
    const { failedAttempts, maxAttempts, status } = expectJson(NAME, answer);
    const isSpent = typeof failedAttempts === 'number' && failedAttempts >= Number(maxAttempts);
    return isSpent || status === 'verified' || OVER.includes(String(status)) ? 'ENDED' : 'INCORRECT';
  }

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'ID',
    capabilities: {
      channels: Object.fromEntries(Object.keys(channels).map((channel) => [channel, CHANNEL])),
      codeLength: { min: 6, max: 12 },
      timeoutSeconds: { min: 30, max: 3600 },
      maxAttempts: { min: 1, max: 10 },
      deliveryReports: false,
      idempotent: false,
    },
    start,
    async resend({ providerRef, position, ...request }, signal) {
      if (providerRef === undefined) return start(request, signal);
      const answer = await post(`${at(providerRef)}/resend`, { stepIndex: position }, signal);
      // Over at Bird's before it is at the gateway's: a new one takes its place.
      if (answer.status === 404 || answer.status === 409) return start(request, signal);
      expectOk(NAME, answer);
      return { providerRef };
    },
    async failOver({ providerRef, position, ...request }, signal) {
      if (providerRef === undefined) return start(request, signal);
      const answer = await post(`${at(providerRef)}/failover`, { stepIndex: position }, signal);
      // Over, left already, or without such a step: whoever waits gets a code all the same.
      if (answer.status === 404 || isRefusal(answer)) return start(request, signal);
      expectOk(NAME, answer);
      return { providerRef };
    },
    async check({ providerRef, code }, signal) {
      if (providerRef === undefined) return 'ENDED';
      const answer = await post(at(providerRef), { code }, signal);
      if (answer.status === 404) return 'ENDED';
      if (isRefusal(answer)) return standing(providerRef, signal);
      const { id, status } = expectJson(NAME, answer);
      if (id !== providerRef) throw new ProviderError('UNCLEAR', `${NAME} answered about another verification`);
      if (status === 'verified') return 'CORRECT';
      if (OVER.includes(String(status))) return 'ENDED';
      // A success that does not say so is none: taken for one, a wrong guess would verify the contact.
      if (OPEN.includes(String(status))) return standing(providerRef, signal);
      throw unreadable(NAME);
    },
    async probe(signal) {
      expectOk(NAME, await http.call({ method: 'GET', path: `${root}?limit=1`, headers }, signal));
    },
    close: () => http.close(),
  };
}

/** Statuses of one that takes guesses. */
const OPEN = ['accepted', 'pending'];

/** Statuses of one that came to nothing. */
const OVER = ['failed', 'expired', 'canceled', 'blocked'];

const isRefusal = ({ status }: HttpAnswer): boolean => [400, 409, 410, 422].includes(status);

function creationOf(channels: BirdVerifySettings['channels'], request: StartRequest) {
  const { channel, recipient, locale, maxAttempts, timeoutSeconds, codeLength, later = [] } = request;
  const isSpoken = LANGUAGES.includes(languageIn(locale));
  return {
    identifier: { [identifierKey(channel)]: recipient },
    ...(isSpoken && { locale }),
    maxAttempts,
    timeout: timeoutSeconds,
    codeLength,
    steps: [channel, ...later].map((each) => {
      const via = channels[each];
      if (!via) throw faultOfStatus(NAME, 400);
      return { channelId: via.channelId, ...(via.template && { template: { ...via.template, locale } }) };
    }),
  };
}

const identifierKey = (channel: Channel) => (channel === 'EMAIL' ? 'emailaddress' : 'phonenumber');
