/** The preferred provider of a channel is down in every way it can be: the code arrives by the next one. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { OPENS_AFTER } from '../../src/providers/breaker.js';
import { DEADLINE_MS } from '../../src/providers/http.js';
import { startGateway } from '../support/harness.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { startSteps } from '../support/stepped.js';
import { snsSettings, twilioSettings, webhookSettings } from '../support/vendors/settings.js';
import { startSns } from '../support/vendors/sns.js';
import { startTwilio, TWILIO } from '../support/vendors/twilio.js';
import { startWebhookSink, WEBHOOK_SECRET } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

const preferred = await startTwilio();
const next = await startSns();
const sink = await startWebhookSink();
const gateway = await startGateway({
  env: {
    ...twilioSettings(preferred.url),
    ...snsSettings(next.url),
    ...webhookSettings(sink.url),
    PROVIDER_SMS: 'twilio-messaging,amazon-sns',
    PROVIDER_VOICE: 'http,twilio-messaging',
    PROVIDER_SMS_BY_COUNTRY: 'DE:amazon-sns|twilio-messaging',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const vendor of [preferred, next, sink]) await vendor[Symbol.asyncDispose]();
});
beforeEach(() => {
  for (const vendor of [preferred, next, sink]) vendor.misbehave();
});

let people = 0;
const nextNumber = (country = '33612') => `+${country}${String(100_000 + people++).padStart(6, '0')}`;

/** A live verification by text, and where its message went. */
async function send(to = nextNumber(), channel = 'SMS') {
  const { live } = await gateway.workspace();
  const started = performance.now();
  const verification = await startSteps(live, gateway.sql, [{ channel, to }]);
  const texts = () =>
    next.published.filter(({ form }) => form.get('PhoneNumber') === to).map(({ form }) => form.get('Message') ?? '');
  return {
    ...verification,
    texts,
    arrived: async (timeoutMs?: number) => {
      await waitFor(`a text to ${to}`, () => texts().length > 0, timeoutMs);
      return Math.round(performance.now() - started);
    },
    provider: async () =>
      (
        await gateway.sql<{ provider: string; ref: string | null; sends: number }>(
          'select provider, provider_ref as ref, sends from verification_step where verification_id = $1',
          [verification.uuid],
        )
      )[0],
  };
}
const codeIn = (text = '') => /\b\d{6}\b/.exec(text)?.[0] ?? '';

test('numbers of a country take the order of that country', async () => {
  const asked = preferred.requests.length;
  const { arrived } = await send(nextNumber('4915112'));
  await arrived();
  expect(preferred.requests).toHaveLength(asked);
});

describe('U4: outage drill: the code arrives by the next provider, at once and without a new attempt, where the first', () => {
  test('refuses connections', async ({ annotate }) => {
    await preferred.close();
    const { arrived, stepsAre, confirm, texts, provider, read, jobs } = await send();
    await annotate(`refused: ${await arrived()} ms`);
    await stepsAre('SENT');
    expect(await provider()).toEqual({ provider: 'amazon-sns', ref: next.published.at(-1)?.messageId, sends: 1 });
    expect(await jobs(), 'not a second job: the same try').toEqual(['0/1']);
    expect(await read()).toMatchObject({ failedAttempts: 0, attemptsLeft: 3 });
    expect(await confirm(codeIn(texts()[0]))).toMatchObject({ __typename: 'VerificationConfirmed' });
    await preferred.open();
  });

  test('answers 500', async ({ annotate }) => {
    preferred.misbehave('error');
    const asked = preferred.requests.length;
    const { arrived, stepsAre, confirm, texts } = await send();
    await annotate(`status 500: ${await arrived()} ms`);
    await stepsAre('SENT');
    expect(preferred.requests).toHaveLength(asked + 1);
    expect(await confirm(codeIn(texts()[0]))).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('takes the request and never answers: after its deadline, and should both arrive they carry one code', async ({
    annotate,
  }) => {
    preferred.misbehave('silent');
    const asked = preferred.requests.length;
    const { arrived, stepsAre, confirm, texts } = await send();
    const ms = await arrived(25_000);
    await annotate(`silent: ${ms} ms`);
    expect(ms, 'not inside its deadline').toBeGreaterThan(DEADLINE_MS - 500);
    await stepsAre('SENT');
    expect(preferred.requests).toHaveLength(asked + 1);
    const first = new URLSearchParams(preferred.requests.at(-1)?.body.toString()).get('Body') ?? '';
    expect(codeIn(first)).toBe(codeIn(texts()[0]));
    expect(await confirm(codeIn(first))).toMatchObject({ __typename: 'VerificationConfirmed' });
  }, 60_000);

  test('takes the request, never answers, and its step is failed over: the next step sends, and nobody repeats the first', async ({
    annotate,
  }) => {
    preferred.misbehave('silent');
    const { live } = await gateway.workspace();
    const [to, voice] = [nextNumber(), nextNumber()];
    const isAsked = () => preferred.requests.some(({ body }) => body.includes(encodeURIComponent(to)));
    const { failOver, stepsAre, uuid } = await startSteps(live, gateway.sql, [
      { channel: 'SMS', to },
      { channel: 'VOICE', to: voice },
    ]);
    await waitFor('it is asked', isAsked);
    const started = performance.now();
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    await waitFor('the call', () => [...sink.messages.values()].some((each) => each.to === voice));
    await annotate(`failed over: ${Math.round(performance.now() - started)} ms`);
    const givenUp = async () => {
      const jobs = await gateway.sql<{ state: string }>(
        `select state from pgboss.job where data ->> 'verificationId' = $1 and data ->> 'stepIndex' = '0'`,
        [uuid],
      );
      return jobs.every(({ state }) => state === 'completed');
    };
    await waitFor('the first is given up, after its deadline', givenUp, 25_000);
    expect(performance.now() - started).toBeGreaterThan(DEADLINE_MS - 2_000);
    await stepsAre('SKIPPED', 'SENT');
    expect(next.published.filter(({ form }) => form.get('PhoneNumber') === to)).toEqual([]);
  }, 60_000);

  test('says that this recipient cannot be reached', async () => {
    preferred.misbehave('refuse');
    const { arrived, stepsAre } = await send();
    await arrived();
    await stepsAre('SENT');
  });

  test('throttles: and is left alone for as long as it asked', async () => {
    preferred.misbehave('throttle');
    const first = await send();
    await first.arrived();
    preferred.misbehave();
    const asked = preferred.requests.length;
    const second = await send();
    await second.arrived();
    expect(preferred.requests).toHaveLength(asked);
    // Its seven seconds are over before the next test expects to be heard.
    await waitFor('the preferred provider is asked again', async () => {
      await send();
      return preferred.requests.length > asked;
    });
  }, 60_000);
});

test('U4: race: a message that another worker handed on, and never sent, is tried again: the next provider sends it once', async () => {
  const asked = preferred.requests.length;
  const { letGo } = preferred.hold();
  preferred.misbehave('error');
  const { arrived, stepsAre, texts, uuid, jobs } = await send();
  await waitFor('it is asked', () => preferred.requests.length > asked);
  // What a worker writes whose job was taken from it, before it ends.
  const handOn = `update verification_step set provider = 'amazon-sns' where verification_id = $1 and status = 'QUEUED'`;
  await gateway.sql(handOn, [uuid]);
  letGo();
  await arrived();
  await stepsAre('SENT');
  expect(texts()).toHaveLength(1);
  expect(await jobs()).toEqual(['0/1']);
});

describe('U4: the circuit', () => {
  test(`opens after ${OPENS_AFTER} failures in a row: the next message does not even ask`, async () => {
    preferred.misbehave('error');
    for (let failed = 0; failed < OPENS_AFTER; failed += 1) await (await send()).arrived();
    const asked = preferred.requests.length;
    const { arrived, stepsAre, provider } = await send();
    await arrived();
    await stepsAre('SENT');
    expect(preferred.requests).toHaveLength(asked);
    expect(await provider()).toMatchObject({ provider: 'amazon-sns' });
    const state = sampleIn(await scrape(gateway.url), 'gateway_provider_breaker', { provider: 'twilio-messaging' });
    expect(state, 'open').toBe(2);
  });

  test('of all providers of the channel being open or down, the next step takes over once the tries are spent', async () => {
    preferred.misbehave('error');
    next.misbehave('error');
    const { live } = await gateway.workspace();
    const voice = nextNumber();
    const verification = await startSteps(live, gateway.sql, [
      { channel: 'SMS', to: nextNumber() },
      { channel: 'VOICE', to: voice },
    ]);
    await verification.stepsAre('FAILED', 'SENT');
    const [message] = [...sink.messages.values()].filter(({ to }) => to === voice);
    expect(message?.channel).toBe('VOICE');
    const code = message?.text.match(/\d/g)?.slice(0, 6).join('') ?? '';
    expect(await verification.confirm(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });
});

test('U4: a provider that knows idempotency is asked again by the same id, and sends once', async () => {
  sink.misbehave('cut');
  const to = nextNumber();
  const { stepsAre, jobs } = await send(to, 'VOICE');
  const ids = () => sink.requests.filter(({ body }) => body.includes(to)).map(({ headers }) => headers['webhook-id']);
  await waitFor('the first try', () => ids().length === 1);
  sink.misbehave();
  await stepsAre('SENT');
  expect(ids()).toHaveLength(2);
  expect(new Set(ids()).size).toBe(1);
  expect(await jobs()).toEqual(['0/1']);
  expect([...sink.messages.values()].filter((message) => message.to === to)).toHaveLength(1);
});

test('U2: no secret of a provider, no code and no recipient is in the log or in a metric, whatever went wrong', async () => {
  const everything = [...gateway.logs, await scrape(gateway.url)].join('\n');
  expect(everything).toContain('delivery failed');
  const basic = Buffer.from(`${TWILIO.accountSid}:${TWILIO.authToken}`).toString('base64');
  for (const secret of ['hunter2', WEBHOOK_SECRET.slice(6), basic, '+33612']) expect(everything).not.toContain(secret);
  // By itself: a part of some id or measure is six digits of a code now and then.
  const codes = next.published.map(({ form }) => codeIn(form.get('Message') ?? '') || 'no code');
  expect(codes).not.toEqual([]);
  for (const code of codes) expect(everything).not.toMatch(new RegExp(`(?<![\\w.-])${code}(?![\\w-]|\\.\\d)`));
});
