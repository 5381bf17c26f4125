import { createSecretKey } from 'node:crypto';
import { getGraphQLRateLimiter, InMemoryStore, Store } from 'graphql-rate-limit';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLimitLedger } from '../../../src/access/limit-ledger.js';
import type { Hit, Reserve } from '../../../src/access/limit-reservations.js';
import { createRateLimiter } from '../../../src/access/rate-limiter.js';
import { GatewayError } from '../../../src/kernel/errors.js';
import { windowTable } from './window-table.js';

const RULE = { max: 5, windowMs: 60_000 };
const subject = (...parts: (string | undefined)[]) => ({ workspaceId: 'w', parts });

let hits: Hit[] = [];
let before = 0;
let endsInMs = 60_000;
const reserve: Reserve = async (hit) => {
  hits.push(hit);
  return { before, endsInMs, endsAt: 0 };
};

beforeEach(() => {
  hits = [];
  before = 0;
  endsInMs = 60_000;
});

const countOf = async (scale = 1, rule = RULE) => {
  const [outcome] = await Promise.allSettled([createRateLimiter(reserve, scale).count(rule, subject('a'))]);
  return outcome?.status === 'rejected' ? (outcome.reason as GatewayError) : undefined;
};

test('the call that fills the limit passes, and the next is refused with the seconds to wait', async () => {
  before = 4;
  expect(await countOf()).toBeUndefined();
  before = 5;
  endsInMs = 41_001;
  const refused = await countOf();
  expect(refused).toBeInstanceOf(GatewayError);
  expect(refused).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 42 } });
});

test('a refusal never says "now": the wait is a second at least', async () => {
  before = 5;
  endsInMs = 0;
  expect(await countOf()).toMatchObject({ details: { retryAfterSeconds: 1 } });
});

test('a limit that was passed by far is refused as well', async () => {
  before = 1_000_000;
  expect(await countOf()).toMatchObject({ code: 'RATE_LIMITED' });
});

describe('a scale', () => {
  test.each([
    [1, 5],
    [10, 50],
    [0.5, 2],
    [0.001, 1],
  ])('of %s makes a limit of 5 one of %i', async (scale, max) => {
    before = max - 1;
    expect(await countOf(scale)).toBeUndefined();
    before = max;
    expect(await countOf(scale)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(hits[0]).toMatchObject({ max, windowMs: 60_000 });
  });
});

describe('two subjects that look alike joined together are two counters', () => {
  test.each([
    [
      ['a', 'b:c'],
      ['a:b', 'c'],
    ],
    [
      ['a', 'b,c'],
      ['a,b', 'c'],
    ],
    [['a', ''], ['a']],
    [['a","b'], ['a', 'b']],
    [[undefined], ['null']],
    [[undefined], ['']],
    [['1'], ['"1"']],
  ])('%j and %j', async (left, right) => {
    const limiter = createRateLimiter(reserve, 1);
    await limiter.count(RULE, subject(...left));
    await limiter.count(RULE, subject(...right));
    expect(hits[0]?.name).not.toBe(hits[1]?.name);
  });

  test('and so are two workspaces, and nobody', async () => {
    const limiter = createRateLimiter(reserve, 1);
    for (const workspaceId of ['w', 'v', undefined]) await limiter.count(RULE, { workspaceId, parts: ['a'] });
    expect(new Set(hits.map(({ name }) => name)).size).toBe(3);
    expect(hits[2]?.workspaceId).toBe('00000000-0000-0000-0000-000000000000');
  });
});

test('where nothing can be counted nothing passes, and the cause is kept for the log', async () => {
  const cause = new Error('connection lost');
  const broken = createRateLimiter(() => Promise.reject(cause), 1);
  await expect(broken.count(RULE, subject('a'))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause });
});

describe('a race: a hundred calls at once under a limit of 5', () => {
  const HUNDRED = Array.from({ length: 100 });

  class AsyncStore extends Store {
    private readonly state = new InMemoryStore();
    override getForIdentity = async (identity: never) => this.state.getForIdentity(identity);
    override setForIdentity = async (...args: [never, number[]]) => this.state.setForIdentity(...args);
  }

  test.each([
    ['InMemoryStore', new InMemoryStore()],
    ['an asynchronous store', new AsyncStore()],
  ])('all pass the library’s %s, which is why it is not used', async (_, store) => {
    const limited = getGraphQLRateLimiter({ identifyContext: () => 'me', store });
    const call = { parent: undefined, args: {}, context: {}, info: { fieldName: 'f' } as never };
    const verdicts = await Promise.all(HUNDRED.map(() => limited(call, { max: 5, window: '1m' })));
    expect(verdicts.filter((verdict) => verdict === undefined).length).toBeGreaterThan(5);
  });

  test('five pass the ledger', async () => {
    const { pool } = windowTable({ now: 0, answerMs: 0 });
    const limiter = createRateLimiter(createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0).reserve, 1);
    const outcomes = await Promise.allSettled(HUNDRED.map(() => limiter.count(RULE, subject('a'))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });
});

test('memory filled with long arguments: a counter is remembered by a short name, and no two share one', async () => {
  const limiter = createRateLimiter(reserve, 1);
  for (const last of ['a', 'b']) await limiter.count(RULE, subject('x'.repeat(90_000), last));
  const names = hits.map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(500);
});
