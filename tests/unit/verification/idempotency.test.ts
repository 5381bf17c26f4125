import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.js';
import { findRepetition, type Idempotency, idempotencyOf } from '../../../src/verification/idempotency.js';
import { fakeConnection } from '../fake-connection.js';

const world = { workspaceId: 'a', mode: 'TEST' } as const;
const input = { customerId: 'c', steps: [{ channel: 'SMS', recipient: '+14155550123' }] };
const of = (key: string, meaning: unknown = input) => idempotencyOf(world, key, meaning) as Idempotency;
const codeOf = (work: () => unknown) => {
  try {
    return work() as never;
  } catch (error) {
    return (error as GatewayError).code;
  }
};

describe('an idempotency key', () => {
  test('that is left out asks for nothing', () => {
    expect(idempotencyOf(world, undefined, input)).toBeUndefined();
  });

  test('has 1 to 255 characters', () => {
    for (const key of ['', 'k'.repeat(256)]) expect(codeOf(() => of(key))).toBe('BAD_USER_INPUT');
    for (const key of ['k', 'k'.repeat(255)]) expect(of(key).key).toHaveLength(32);
  });

  test('is compared as it was written, and rests as a hash', () => {
    expect(of('order 7').key).toEqual(of('order 7').key);
    expect(of('order 7').key).not.toEqual(of('Order 7').key);
    expect(of('order 7').key.toString('utf8')).not.toContain('order');
  });

  test('stands for the input with every recipient, bound and step in its place', () => {
    const hash = (meaning: unknown) => of('k', meaning).inputHash.toString('hex');
    const others = [
      { ...input, customerId: 'd' },
      { ...input, maxAttempts: 4 },
      { ...input, steps: [...input.steps, ...input.steps] },
      { ...input, steps: [{ channel: 'SMS', recipient: '+14155550124' }] },
    ];
    expect(hash({ ...input })).toBe(hash(input));
    expect(new Set([input, ...others].map(hash)).size).toBe(5);
  });
});

describe('a repetition', () => {
  const find = (rows: unknown[], meaning: unknown) => {
    const now = new Date();
    const found = { id: '7', status: 'PENDING', created_at: now, updated_at: now, expires_at: now };
    const { pool } = fakeConnection(({ sql }) => (/from idempotency_key/.test(sql) ? rows : [found]));
    return findRepetition(pool, world, of('k', meaning));
  };
  const row = { verification_id: '7', input_hash: Uint8Array.from(of('k').inputHash) };

  test('with the same input is the verification that the key stands for', async () => {
    expect(await find([row], input)).toMatchObject({ id: '7' });
  });

  test('with another input is an error that names the argument, and tells nothing of the verification', async () => {
    const error = await find([row], { ...input, codeLength: 8 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { argument: 'input.idempotencyKey' } });
    expect((error as Error).message).not.toContain('7');
  });

  test('of a key that stands for nothing is none', async () => {
    expect(await find([], input)).toBeUndefined();
  });
});
