import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger, describeError } from '../../../src/telemetry/logger.js';

const written = vi.hoisted(() => ({ text: '', target: undefined as unknown }));

// The log goes to file descriptor 2, which a test cannot read: here it goes to a stream.
vi.mock('pino', async (original) => {
  const actual = await original<typeof import('pino')>();
  const destination = (target: unknown) => {
    written.target = target;
    return new Writable({
      write(chunk, _, done) {
        written.text += String(chunk);
        done();
      },
    });
  };
  return { ...actual, pino: Object.assign((...args: never[]) => actual.pino(...args), actual.pino, { destination }) };
});

beforeEach(() => {
  written.text = '';
});
afterEach(() => vi.restoreAllMocks());

const lines = () => written.text.trim().split('\n');

/** An error as the PostgreSQL drivers throw it: everything about the row hangs on it. */
function driverError(code: string, message: string): Error {
  return Object.assign(new Error(message), {
    code,
    constraint: 'contact_point_verified_owner_unique',
    detail: 'Key (identity)=(ada@example.com) already exists.',
    query: "insert into contact_point values ('ada@example.com')",
    params: ['ada@example.com', 'hash-of-a-key'],
    where: 'COPY contact_point, line 1: "ada@example.com"',
  });
}

describe('the log', () => {
  test('is one JSON document a line on standard error, so that standard output stays the commands’ own', () => {
    const logger = createLogger('info');
    logger.info({ requestId: 'r1' }, 'one');
    logger.warn('two');
    logger.debug('not at this level');
    expect(lines().map((line) => JSON.parse(line).msg)).toEqual(['one', 'two']);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ requestId: 'r1' });
    expect(written.target).toMatchObject({ dest: 2 });
  });

  test.each([
    'authorization',
    'password',
    'secret',
    'code',
    'token',
    'recipient',
    'to',
    'email',
    'phone',
    'instrumentId',
    'fingerprint',
    'holderName',
  ])('cuts out what stands under the name %s, up to two levels deep', (name) => {
    const leak = 'ada@example.com';
    createLogger('info').info({ [name]: leak, a: { [name]: leak, b: { [name]: leak } } }, 'x');
    expect(written.text).not.toContain(leak);
    expect(written.text.match(/\[redacted\]/g)).toHaveLength(3);
  });

  test('describes an error under err and never serializes it whole', () => {
    const error = driverError('23505', 'duplicate key value violates unique constraint "u"');
    createLogger('info').error({ err: error }, 'request failed');
    expect(written.text).not.toContain('ada@');
    expect(written.text).not.toContain('hash-of-a-key');
    expect(JSON.parse(written.text).err).toMatchObject({ sqlState: '23505', type: 'Error' });
  });
});

describe('no contact reaches the log from a driver', () => {
  test.each([
    [
      'in the row that MikroORM adds to the message',
      '23505',
      'duplicate key value violates unique constraint "u"\n - detail: Key (identity)=(ada@example.com) already exists.',
      'duplicate key value violates unique constraint "u"',
    ],
    [
      'in a value that cannot be converted',
      '22P02',
      'invalid input syntax for type uuid: "ada@example.com"',
      undefined,
    ],
    ['in a value that is out of range', '22003', 'value "ada@example.com" is out of range for type integer', undefined],
  ])('%s', (_, code, message, kept) => {
    const described = describeError(driverError(code, message));
    expect(JSON.stringify(described)).not.toContain('ada@');
    expect(described).toMatchObject({ sqlState: code, constraint: 'contact_point_verified_owner_unique' });
    if (kept) expect(described['message']).toBe(kept);
  });
});

describe('a described error', () => {
  class OwnError extends Error {}

  test('keeps its class, its message and where in the code it was thrown, and nothing else', () => {
    const described = describeError(Object.assign(new OwnError('the queue is full'), { input: 'ada@example.com' }));
    expect(Object.keys(described).sort()).toEqual(['at', 'message', 'type']);
    expect(described).toMatchObject({ type: 'OwnError', message: 'the queue is full' });
    expect(described['at']).toEqual(expect.arrayContaining([expect.stringContaining('logger.test.ts')]));
    expect((described['at'] as string[]).length).toBeLessThanOrEqual(12);
  });

  test('that is a thrown text or object shows its type only: it may be anything', () => {
    expect(describeError('ada@example.com')).toEqual({ type: 'string' });
    expect(describeError({ email: 'ada@example.com' })).toEqual({ type: 'object' });
    expect(describeError(undefined)).toEqual({ type: 'undefined' });
  });
});
