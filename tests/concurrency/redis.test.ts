/** Limits in Redis: exact while it answers, and within what is documented when it does not. Nothing waits for it. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Caller, DOCUMENTS } from '../support/caller.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import type { Running } from '../support/processes.js';
import { startRedis, startRedisCluster } from '../support/redis-server.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { startSlowProxy } from '../support/slow-proxy.js';
import { waitFor } from '../support/wait-for.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

const LIMIT = 5;
const MAX_ATTEMPTS = 5;
/** What no request may take; a command of Redis is given up after a tenth of a second. */
const HANG_MS = 2_000;

/** 20 sends to one contact of one customer in ten minutes, scaled down to 5. */
const settings = (url: string) => ({ GATEWAY_LIMIT_SCALE: '0.25', REDIS_URL: url });

async function twoProcesses(url: string): Promise<{ fleet: Fleet; processes: readonly Running[] }> {
  const fleet = resources.use(await createFleet(sharedPostgres(), settings(url)));
  return { fleet, processes: await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]) };
}

interface Burst {
  readonly passed: number;
  readonly slowestMs: number;
}

/** Sends to one contact, so many at once and in all; `halfway` happens in the middle of them. */
async function burst(caller: Caller, calls = 1_000, width = 1_000, halfway = async () => {}): Promise<Burst> {
  const { id: customerId } = await caller.createCustomer();
  let slowestMs = 0;
  const call = async (index: number) => {
    if (index === Math.floor(calls / 2)) await halfway();
    const startedAt = performance.now();
    const { body } = await caller.query(DOCUMENTS.sendEmail, { input: { customerId, email: 'ada@example.com' } });
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    return body.errors?.[0]?.extensions.code ?? 'PASSED';
  };
  const tasks = Array.from({ length: calls }, (_, index) => () => call(index));
  const codes = await inTurns(width, tasks);
  expect(codes.filter((code) => code !== 'PASSED' && code !== 'RATE_LIMITED')).toEqual([]);
  return { passed: codes.filter((code) => code === 'PASSED').length, slowestMs };
}

/** Resolves once every process counts in Redis again. */
const backToRedis = (processes: readonly Running[]) =>
  waitFor('every process counts in Redis', async () => {
    const texts = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    return texts.every((text) => /^gateway_redis_up 1$/m.test(text));
  });

describe('while Redis answers', () => {
  test('a limit of 5 lets exactly 5 of a thousand concurrent requests at two processes pass', async () => {
    const redis = resources.use(await startRedis());
    const { fleet, processes } = await twoProcesses(redis.url);
    const { test: caller } = await fleet.workspace(processes);
    expect((await burst(caller)).passed).toBe(LIMIT);
    const keys = (await redis.ask('KEYS', 'gateway:limit:*')) as string[];
    expect(keys.length).toBeGreaterThan(0);
    // Names are HMACs here too, and every counter ends by itself.
    expect(keys.join()).not.toMatch(/ada|example/);
    for (const key of keys) expect(Number(await redis.ask('PTTL', key))).toBeGreaterThan(0);
    for (const each of processes) expect(each.stderr()).not.toContain('Redis does not answer');
  });

  test('so does it on a cluster of three', async () => {
    const cluster = resources.use(await startRedisCluster());
    const { fleet, processes } = await twoProcesses(cluster.url);
    const { test: caller } = await fleet.workspace(processes);
    for (let round = 0; round < 5; round += 1) expect((await burst(caller, 100)).passed).toBe(LIMIT);
    const sizes = await Promise.all(cluster.nodes.map(async (node) => Number(await node.ask('DBSIZE'))));
    expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1);
    for (const each of processes) expect(each.stderr()).not.toContain('Redis does not answer');
  });
});

describe('where Redis fails in the middle of a burst', () => {
  const start = async () => {
    const redis = resources.use(await startRedis());
    const proxy = resources.use(await startSlowProxy(redis.port));
    return { redis, proxy, ...(await twoProcesses(`redis://127.0.0.1:${proxy.port}`)) };
  };
  type Started = Awaited<ReturnType<typeof start>>;
  let started: Promise<Started> | undefined;

  interface Fault {
    readonly name: string;
    readonly fail: (started: Started) => Promise<unknown> | void;
    readonly mend: (started: Started) => Promise<unknown> | void;
  }
  const faults: Fault[] = [
    { name: 'killed', fail: ({ redis }) => redis.kill(), mend: ({ redis }) => redis.restart() },
    { name: 'stopped', fail: ({ redis }) => redis.signal('SIGSTOP'), mend: ({ redis }) => redis.signal('SIGCONT') },
    { name: 'slow', fail: ({ proxy }) => proxy.delay(500), mend: ({ proxy }) => proxy.delay(0) },
    { name: 'flushed', fail: ({ redis }) => redis.ask('FLUSHALL'), mend: () => {} },
  ];

  test.each(faults)(
    'C4: $name: no request hangs, one more window passes at most, no guess is compared above the limit, and Redis counts again',
    async ({ fail, mend }) => {
      started ??= start();
      const all = await started;
      const { fleet, processes, redis } = all;
      await backToRedis(processes);
      const { test: caller } = await fleet.workspace(processes);
      const { id: customerId } = await caller.createCustomer();
      const { id: verificationId } = await caller.sendEmail(customerId, {
        email: 'guessed@example.com',
        maxAttempts: MAX_ATTEMPTS,
      });
      let guesses: Promise<string[]> | undefined;
      const guess = async () => {
        const answer = await caller.query<{ result: { __typename: string } }>(DOCUMENTS.confirm, {
          input: { verificationId, code: '000000' },
        });
        return answer.body.data?.result.__typename ?? answer.body.errors?.[0]?.extensions.code ?? 'none';
      };
      const { passed, slowestMs } = await burst(caller, 400, 20, async () => {
        guesses = inTurns(
          10,
          Array.from({ length: 100 }, () => guess),
        );
        await fail(all);
      });
      const answers = (await guesses) ?? [];
      expect(slowestMs).toBeLessThan(HANG_MS);
      expect(passed).toBeGreaterThanOrEqual(LIMIT);
      expect(passed).toBeLessThanOrEqual(2 * LIMIT);
      expect(answers.filter((answer) => answer === 'CodeIncorrect').length).toBeLessThanOrEqual(MAX_ATTEMPTS);
      expect(answers.filter((answer) => answer === 'SERVICE_UNAVAILABLE' || answer === 'none')).toEqual([]);
      const [row] = await fleet.sql<{ n: number }>('select failed_attempts as n from verification where id = $1', [
        verificationId.split(':')[1] as string,
      ]);
      expect(row?.n).toBeLessThanOrEqual(MAX_ATTEMPTS);

      await mend(all);
      await backToRedis(processes);
      await redis.ask('FLUSHALL');
      await fleet.sql('delete from rate_limit_window');
      expect((await burst(caller, 200, 20)).passed).toBe(LIMIT);
      expect(Number(await redis.ask('DBSIZE'))).toBeGreaterThan(0);
    },
  );
});
