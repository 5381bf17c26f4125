/** The fake Bird is held to what Bird's own client says, and the providers to what they say to Bird. */
import { BirdClient } from '@messagebird/sdk';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { birdVerifyProvider } from '../../src/providers/bird-verify.js';
import { birdVerifyV1Provider } from '../../src/providers/bird-verify-v1.js';
import type { StartRequest } from '../../src/providers/provider.js';
import { BIRD } from '../support/vendors/bird.js';
import { BIRD_TEMPLATE, BIRD_VERIFY, startBirdVerify } from '../support/vendors/bird-verify.js';
import { BIRD_V1 } from '../support/vendors/bird-verify-v1.js';

const vendor = await startBirdVerify();
const { accessKey, workspaceId } = BIRD;
const channels = {
  SMS: { channelId: BIRD_VERIFY.smsChannelId },
  WHATSAPP: { channelId: BIRD_VERIFY.whatsappChannelId, template: BIRD_TEMPLATE },
};
const door = { allowLoopback: true };
const workspaces = birdVerifyProvider({ baseUrl: vendor.url, accessKey, workspaceId, channels }, door);
const newer = birdVerifyV1Provider({ baseUrl: vendor.url, apiKey: BIRD_V1.apiKey }, door);
afterAll(async () => {
  await Promise.all([workspaces.close(), newer.close()]);
  await vendor[Symbol.asyncDispose]();
});
beforeEach(() => {
  vendor.misbehave();
  vendor.withdrawn.clear();
});

/** Bird's own client, which goes to the fake. */
const { verifications } = new BirdClient({ apiKey: BIRD_V1.apiKey, baseUrl: vendor.url, maxRetries: 0 }).verify;

let people = 0;
const nextNumber = () => `+49151234${String(10_000 + people++)}`;
const to = (phone_number = nextNumber()) => ({ phone_number });
const codeTo = (number: string) => vendor.book.find({ to: number })?.code ?? '';
const wrongOf = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
const channelsTo = (number: string) => vendor.messages.filter((each) => each.to === number).map((each) => each.channel);
const soon = () => AbortSignal.timeout(5_000);
const requestTo = (recipient: string, change: Partial<StartRequest> = {}): StartRequest => ({
  id: `${recipient}.0.1`,
  channel: 'SMS',
  recipient,
  locale: 'de-DE',
  codeLength: 6,
  timeoutSeconds: 90,
  maxAttempts: 3,
  appName: 'Acme',
  subject: { platformCustomerId: 'shop/42' },
  ...change,
});
const guessFor = (recipient: string, code: string, providerRef?: string) => ({
  ...requestTo(recipient),
  providerRef,
  code,
  updatePrimary: false,
});

describe('Bird’s own client finds in the fake', () => {
  test('a verification that it created, a wrong guess with the attempts left, and the right one once', async () => {
    const number = nextNumber();
    const created = await verifications.create({ to: to(number), options: { code_length: 8, channels: ['sms'] } });
    expect(created).toMatchObject({ status: 'pending', to: to(number), last_channel: 'sms' });
    const code = codeTo(number);
    expect(code).toHaveLength(8);
    const wrong = await verifications.check({ to: to(number), code: wrongOf(code) });
    expect(wrong).toMatchObject({ success: false, reason: 'incorrect_code', attempts_remaining: 4 });
    const right = await verifications.check({ to: to(number), code });
    expect(right).toMatchObject({ success: true, reason: null, verification: { status: 'verified' } });
    const again = verifications.check({ to: to(number), code });
    await expect(again).rejects.toMatchObject({ name: 'BirdNotFoundError', statusCode: 404, code: 'E13000' });
  });

  test('the end of one that expired, and of one whose attempts are spent: told once, then 404', async () => {
    const [late, spent] = [nextNumber(), nextNumber()];
    await verifications.create({ to: to(late) });
    vendor.book.expire();
    const expired = await verifications.check({ to: to(late), code: codeTo(late) });
    expect(expired).toMatchObject({ success: false, reason: 'expired', attempts_remaining: null });
    await expect(verifications.check({ to: to(late), code: codeTo(late) })).rejects.toMatchObject({ statusCode: 404 });
    await verifications.create({ to: to(spent) });
    const guess = () => verifications.check({ to: to(spent), code: wrongOf(codeTo(spent)) });
    for (const left of [4, 3, 2, 1]) expect((await guess()).attempts_remaining).toBe(left);
    expect(await guess()).toMatchObject({ success: false, reason: 'attempts_exhausted', attempts_remaining: null });
    const right = verifications.check({ to: to(spent), code: codeTo(spent) });
    await expect(right).rejects.toMatchObject({ statusCode: 404, code: 'E13000' });
  });

  test('the cooldown: created again, the open one is handed back, and sends a fresh code once it has passed', async () => {
    const number = nextNumber();
    const first = await verifications.create({ to: to(number) });
    const code = codeTo(number);
    const second = await verifications.create({ to: to(number) });
    expect([second.id, codeTo(number), channelsTo(number)]).toEqual([first.id, code, ['SMS']]);
    vendor.coolDown();
    expect((await verifications.create({ to: to(number) })).id).toBe(first.id);
    expect(codeTo(number)).not.toBe(code);
    expect(channelsTo(number)).toHaveLength(2);
    expect(await verifications.check({ to: to(number), code }), 'the earlier one').toMatchObject({ success: true });
  });

  test('the next channel, past the cooldown, until the plan is at its end; earlier codes stay good', async () => {
    const number = nextNumber();
    await verifications.create({ to: to(number), options: { channels: ['sms', 'whatsapp'] } });
    const code = codeTo(number);
    expect(await verifications.nextChannel({ to: to(number) })).toMatchObject({ last_channel: 'whatsapp' });
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP']);
    const further = verifications.nextChannel({ to: to(number) });
    await expect(further).rejects.toMatchObject({ statusCode: 422, errorName: 'NoNextChannel' });
    expect(await verifications.check({ to: to(number), code })).toMatchObject({ success: true });
    const none = verifications.nextChannel({ to: to() });
    await expect(none).rejects.toMatchObject({ statusCode: 404, code: 'E13000' });
  });

  test('its errors: no such recipient, no channel, bad credentials, too many requests', async () => {
    const bad = verifications.create({ to: to('0151 1234567') });
    await expect(bad).rejects.toMatchObject({ name: 'BirdValidationError', errorName: 'InvalidRecipient' });
    const none = verifications.create({ to: to(), options: { channels: ['email'] } });
    await expect(none).rejects.toMatchObject({ statusCode: 422, errorName: 'NoAvailableChannel' });
    const stranger = new BirdClient({ apiKey: 'bk_eu1_wrong', baseUrl: vendor.url, maxRetries: 0 });
    const refused = stranger.verify.verifications.create({ to: to() });
    await expect(refused).rejects.toMatchObject({ name: 'BirdAuthError', statusCode: 401 });
    vendor.misbehave('throttle');
    const throttled = verifications.create({ to: to() });
    await expect(throttled).rejects.toMatchObject({ name: 'BirdRateLimitError', retryAfter: 7 });
  });

  test('idempotency: one key is one send, and another request under it is a conflict', async () => {
    const number = nextNumber();
    const idempotencyKey = `start/${number}`;
    const first = await verifications.create({ to: to(number) }, { idempotencyKey });
    vendor.coolDown();
    expect(await verifications.create({ to: to(number) }, { idempotencyKey })).toEqual(first);
    expect(channelsTo(number)).toHaveLength(1);
    const other = verifications.create({ to: to() }, { idempotencyKey });
    await expect(other).rejects.toMatchObject({ name: 'BirdConflictError', code: 'E01005' });
  });
});

test('U1: a code that Bird’s own client had sent is right for both providers, and theirs for it', async () => {
  const [one, two, three] = [nextNumber(), nextNumber(), nextNumber()];
  const { id } = await verifications.create({ to: to(one) });
  expect(await workspaces.check(guessFor(one, wrongOf(codeTo(one)), id), soon())).toBe('INCORRECT');
  expect(await newer.check(guessFor(one, codeTo(one)), soon()), 'one count, one code').toBe('CORRECT');
  await workspaces.start(requestTo(two), soon());
  expect(await verifications.check({ to: to(two), code: codeTo(two) })).toMatchObject({ success: true });
  await newer.start(requestTo(three), soon());
  expect(await verifications.check({ to: to(three), code: codeTo(three) })).toMatchObject({ success: true });
});

describe('U1: bird-verify', () => {
  const started = async (change: Partial<StartRequest>) => {
    const number = nextNumber();
    const { providerRef } = await workspaces.start(requestTo(number, change), soon());
    const step = (position: number) => ({ ...requestTo(number), providerRef, position });
    return { number, providerRef, step };
  };

  test('has all steps in one verification, sends by the named one, and compares with one code', async () => {
    const { number, providerRef, step } = await started({ later: ['WHATSAPP', 'SMS'] });
    expect(vendor.created.at(-1)?.steps).toEqual([
      { channelId: BIRD_VERIFY.smsChannelId },
      { channelId: BIRD_VERIFY.whatsappChannelId, template: { ...BIRD_TEMPLATE, locale: 'de-DE' } },
      { channelId: BIRD_VERIFY.smsChannelId },
    ]);
    const code = codeTo(number);
    expect(await workspaces.failOver?.({ ...step(1), channel: 'WHATSAPP' }, soon())).toEqual({ providerRef });
    expect(await workspaces.resend?.(step(0), soon())).toEqual({ providerRef });
    expect(await workspaces.failOver?.(step(2), soon())).toEqual({ providerRef });
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP', 'SMS', 'SMS']);
    expect(await workspaces.check(guessFor(number, code, providerRef), soon())).toBe('CORRECT');
  });

  test.each([
    ['is over there', async () => vendor.book.expire()],
    ['has no such step there', async () => {}],
    ['cannot be gone on with there', async () => void vendor.withdrawn.add('WHATSAPP')],
  ])('a verification that %s is started anew: whoever waits gets a code', async (_, happens) => {
    const { number, providerRef, step } = await started({});
    await happens();
    const again = await workspaces.failOver?.({ ...step(1), channel: 'WHATSAPP' }, soon());
    expect(again?.providerRef).not.toBe(providerRef);
    const check = guessFor(number, codeTo(number), again?.providerRef);
    expect(await workspaces.check(check, soon())).toBe('CORRECT');
  });
});

describe('U1: bird-verify-v1', () => {
  const lastBody = () => JSON.parse(vendor.requests.at(-1)?.body.toString('utf8') ?? '') as unknown;
  const lastKey = () => vendor.requests.at(-1)?.headers['idempotency-key'];

  test('tells recipient, length, plan and language, under the id of the message', async () => {
    const number = nextNumber();
    await newer.start(requestTo(number, { codeLength: 8, later: ['WHATSAPP'] }), soon());
    expect(lastBody()).toEqual({
      to: to(number),
      options: { code_length: 8, channels: ['sms', 'whatsapp'], language: 'de-DE' },
    });
    expect(lastKey()).toBe(`${number}.0.1`);
    const failOver = { ...requestTo(number, { channel: 'WHATSAPP', id: `${number}.1.1` }), providerRef: undefined };
    expect(await newer.failOver?.({ ...failOver, position: 1 }, soon())).toEqual({});
    expect(channelsTo(number)).toEqual(['SMS', 'WHATSAPP']);
    expect(lastKey()).toBe(`${number}.1.1`);
  });

  test.each([
    ['pt-BR', 'pt-BR'],
    ['nb', 'nb-NO'],
    ['cy-GB', undefined],
  ])('the locale %s is %s there', async (locale, language) => {
    await newer.start(requestTo(nextNumber(), { locale }), soon());
    expect((lastBody() as { options: { language?: string } }).options.language).toBe(language);
  });

  test('a message that is tried again under its id is sent once, and a resend is another one', async () => {
    const number = nextNumber();
    await newer.start(requestTo(number), soon());
    vendor.coolDown();
    await newer.start(requestTo(number), soon());
    expect(channelsTo(number)).toHaveLength(1);
    await newer.start(requestTo(number, { id: `${number}.0.2` }), soon());
    expect(channelsTo(number)).toHaveLength(2);
  });

  test('attack: the code of a verification that is over is not right again: no guess is asked under one key twice', async () => {
    const number = nextNumber();
    await newer.start(requestTo(number), soon());
    const code = codeTo(number);
    expect(await newer.check(guessFor(number, code), soon())).toBe('CORRECT');
    await newer.start(requestTo(number, { id: `${number}.other` }), soon());
    expect(await newer.check(guessFor(number, code), soon())).toBe('INCORRECT');
  });

  test('one that is open by another channel is not taken for a message by this one', async () => {
    const number = nextNumber();
    await newer.start(requestTo(number), soon());
    const voice = newer.start(requestTo(number, { channel: 'VOICE', id: `${number}.1.1` }), soon());
    await expect(voice).rejects.toMatchObject({ kind: 'FINAL', reason: expect.stringContaining('another channel') });
    const end = { ...requestTo(number, { channel: 'VOICE', id: `${number}.2.1` }), providerRef: undefined };
    await expect(newer.failOver?.({ ...end, position: 1 }, soon()), 'its plan is at its end').rejects.toMatchObject({
      kind: 'FINAL',
    });
  });
});
