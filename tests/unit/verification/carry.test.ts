import { beforeEach, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../../src/providers/fault.js';
import { type Provider, ProviderError, type StartRequest } from '../../../src/providers/provider.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { carry } from '../../../src/verification/carry.js';
import { fakeCarrier, fakeHolder } from '../fake-providers.js';

const message = { id: 'v.0.1', channel: 'SMS', recipient: '+1', senderName: '', subject: '', text: 'x' } as const;
const starting = {} as StartRequest;
const logger = { warn() {} } as unknown as Logger;
let asked: string[] = [];
let taken: string[] = [];
beforeEach(() => {
  asked = [];
  taken = [];
});

/** Fails in this way, or takes the message. */
const taking = (name: string, failure?: FaultKind | Error) => async () => {
  asked.push(name);
  if (failure instanceof Error) throw failure;
  if (failure) throw new ProviderError(failure, `${name} failed`);
  return { status: 'SENT' as const, providerRef: `${name}-1` };
};
const carrier = (name: string, failure?: FaultKind | Error, idempotent = false) =>
  fakeCarrier(name, taking(name, failure), { idempotent });
const holder = (name: string, failure?: FaultKind) => fakeHolder(name, { start: taking(name, failure) });
const attempt = (
  carriers: Provider[],
  {
    isRepeated = false,
    change = 'TAKEN' as 'TAKEN' | 'OVERTAKEN' | 'LEFT',
    signal = new AbortController().signal,
    kind = 'CODE' as 'CODE' | 'LINK',
  } = {},
) =>
  carry({
    kind,
    provider: 'a',
    carriers,
    isRepeated,
    signal,
    logger,
    hand: async (provider, limit) =>
      provider.custody === 'GATEWAY'
        ? provider.deliver(message, limit)
        : { status: 'SENT', ...(await provider.start(starting, limit)) },
    takeOver: async (from, to) => {
      taken.push(`${from} -> ${to}`);
      return change;
    },
  });

describe('U4: the next provider', () => {
  test.each<FaultKind>(['DOWN', 'RETRY', 'FINAL', 'UNCLEAR'])('takes over from one that fails: %s', async (kind) => {
    expect(await attempt([carrier('a', kind), carrier('b')])).toEqual({ status: 'SENT', providerRef: 'b-1' });
    expect(taken).toEqual(['a -> b']);
  });

  test('takes over from one that is no longer configured: the row says so before it is asked', async () => {
    expect(await attempt([carrier('b')])).toMatchObject({ status: 'SENT' });
    expect(taken).toEqual(['a -> b']);
  });

  test('is not asked where nothing failed, and nothing is written', async () => {
    await attempt([carrier('a'), carrier('b')]);
    expect({ asked, taken }).toEqual({ asked: ['a'], taken: [] });
  });

  test.each(['LEFT', 'OVERTAKEN'] as const)('race: is not asked where the message was %s meanwhile', async (change) => {
    expect(await attempt([carrier('a', 'DOWN'), carrier('b')], { change })).toBe(change);
    expect(asked).toEqual(['a']);
  });

  test('is not asked by a process that is stopping', async () => {
    const stopping = AbortSignal.abort();
    expect(await attempt([carrier('a', 'UNCLEAR'), carrier('b')], { signal: stopping })).toMatchObject({
      kind: 'UNCLEAR',
    });
    expect(asked).toEqual(['a']);
  });
});

describe('an unclear outcome', () => {
  test('of a provider that knows idempotency is left to another try, once', async () => {
    const carriers = [carrier('a', 'UNCLEAR', true), carrier('b')];
    expect(await attempt(carriers)).toMatchObject({ kind: 'UNCLEAR' });
    expect(asked).toEqual(['a']);
    expect(await attempt(carriers, { isRepeated: true })).toMatchObject({ status: 'SENT' });
  });
});

test('an unclear outcome of a vendor that holds the code is left to another try too: its code would be lost', async () => {
  expect(await attempt([holder('a', 'UNCLEAR'), carrier('b')])).toMatchObject({ kind: 'UNCLEAR' });
  expect(await attempt([holder('a', 'UNCLEAR'), carrier('b')], { isRepeated: true })).toMatchObject({ status: 'SENT' });
  const link = await attempt([holder('a', 'UNCLEAR'), carrier('b')], { kind: 'LINK' });
  expect(link, 'a link is the gateway’s own: the next one mails the same').toMatchObject({ status: 'SENT' });
});

describe('where all fail', () => {
  test.each<[FaultKind[], FaultKind]>([
    [['FINAL', 'FINAL'], 'FINAL'],
    [['FINAL', 'DOWN'], 'DOWN'],
    [['RETRY', 'FINAL'], 'RETRY'],
    [['UNCLEAR', 'FINAL', 'FINAL'], 'UNCLEAR'],
  ])('%j, a later try is worth it unless all were final', async (kinds, told) => {
    const carriers = kinds.map((kind, index) => carrier('abc'[index] as string, kind));
    expect(await attempt(carriers)).toMatchObject({ kind: told });
  });

  test('a fault of the gateway’s own is no reason to give up', async () => {
    expect(await attempt([carrier('a', new TypeError('x'))])).toMatchObject({
      kind: 'RETRY',
      reason: 'the gateway could not send it',
    });
  });

  test('nor is that nobody is configured', async () => {
    expect(await attempt([])).toMatchObject({ kind: 'RETRY' });
  });
});
