import { beforeEach, describe, expect, test } from 'vitest';
import { type Breaker, createBreaker, OPEN_MS, OPENS_AFTER } from '../../../src/providers/breaker.js';
import { type FaultKind, ProviderError } from '../../../src/providers/fault.js';

let now = 0;
let calls = 0;
let breaker: Breaker;
beforeEach(() => {
  now = 0;
  calls = 0;
  breaker = createBreaker('carrier', () => now);
});

const succeed = () => breaker.run(async () => ++calls);
const fail = (kind: FaultKind, seconds?: number) =>
  breaker
    .run(async () => {
      calls += 1;
      throw new ProviderError(kind, 'no', undefined, seconds);
    })
    .catch((error: unknown) => error as ProviderError);
const open = async () => {
  for (let failed = 0; failed < OPENS_AFTER; failed += 1) await fail('DOWN');
  calls = 0;
};

describe('the circuit', () => {
  test.each<FaultKind>(['DOWN', 'UNCLEAR'])(`opens after ${OPENS_AFTER} failures of kind %s in a row`, async (kind) => {
    for (let failed = 1; failed < OPENS_AFTER; failed += 1) await fail(kind);
    expect(breaker.state()).toBe('CLOSED');
    await fail(kind);
    expect(breaker.state()).toBe('OPEN');
  });

  test('open, refuses at once and calls nobody', async () => {
    await open();
    await expect(succeed()).rejects.toMatchObject({ kind: 'DOWN' });
    expect(calls).toBe(0);
  });

  test.each<FaultKind>(['FINAL', 'RETRY'])('stays closed while the provider answers, be it %s', async (kind) => {
    for (let failed = 0; failed < 2 * OPENS_AFTER; failed += 1) await fail(kind);
    expect({ state: breaker.state(), calls }).toEqual({ state: 'CLOSED', calls: 2 * OPENS_AFTER });
  });

  test('counts failures in a row only: one success starts anew', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (let failed = 1; failed < OPENS_AFTER; failed += 1) await fail('DOWN');
      await succeed();
    }
    expect(breaker.state()).toBe('CLOSED');
  });

  test('is not moved by a fault of the gateway’s own', async () => {
    const broken = () => breaker.run(async () => Promise.reject(new TypeError('x is undefined'))).catch(() => {});
    for (let failed = 0; failed < 2 * OPENS_AFTER; failed += 1) await broken();
    expect(breaker.state()).toBe('CLOSED');
  });
});

describe('after its pause', () => {
  beforeEach(open);

  test('one call may try, and of many at once only one does', async () => {
    now = OPEN_MS - 1;
    await expect(succeed()).rejects.toMatchObject({ kind: 'DOWN' });
    now = OPEN_MS;
    expect(breaker.state()).toBe('HALF_OPEN');
    const outcomes = await Promise.allSettled([succeed(), succeed(), succeed()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(calls).toBe(1);
  });

  test('a success closes it', async () => {
    now = OPEN_MS;
    await succeed();
    expect(breaker.state()).toBe('CLOSED');
  });

  test('a failure opens it for another pause', async () => {
    now = OPEN_MS;
    await fail('UNCLEAR');
    expect(breaker.state()).toBe('OPEN');
    now = 2 * OPEN_MS - 1;
    expect(breaker.state()).toBe('OPEN');
    now = 2 * OPEN_MS;
    expect(breaker.state()).toBe('HALF_OPEN');
  });
});

describe('a provider that throttles', () => {
  test('is left alone for as long as it asks', async () => {
    await fail('RETRY', 7);
    now = 6_999;
    await expect(succeed()).rejects.toMatchObject({ kind: 'RETRY' });
    now = 7_000;
    await succeed();
    expect(calls).toBe(2);
  });

  test('attack: one recipient, refused with a wish to wait, keeps nobody else from it', async () => {
    await fail('FINAL', 30);
    expect(await succeed()).toBe(2);
  });

  test('cannot take itself out for a day by one answer', async () => {
    await fail('RETRY', 86_400);
    now = 30_000;
    expect(await succeed()).toBe(2);
  });
});
