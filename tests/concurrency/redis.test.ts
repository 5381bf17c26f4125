/** Limits in Redis: exact while it answers, and within what is documented when it does not. Nothing waits for it. */
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/kernel/config.js';
import type { RedisSettings } from '../../src/kernel/config-redis.js';
import { shareRegistrations } from '../../src/operations/shared-registrations.js';
import { openRedis } from '../../src/redis/connection.js';
import { type Caller, DOCUMENTS } from '../support/caller.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { inTurns } from '../support/in-turns.js';
import { apolloExtension, idOf, post } from '../support/operations.js';
import { type Running, runGateway } from '../support/processes.js';
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

/** How often these processes gave Redis up, by their own account. */
const fallOvers = (processes: readonly Running[]): number =>
  processes.reduce((sum, each) => sum + each.stderr().split('Redis does not answer').length - 1, 0);

/** How many passed in a burst in which Redis answered all along: a busy machine can keep it from that. */
async function passedUndisturbed({ processes }: { processes: readonly Running[] }, send: () => Promise<Burst>) {
  for (let round = 0; round < 6; round += 1) {
    await backToRedis(processes);
    const before = fallOvers(processes);
    const { passed } = await send();
    if (fallOvers(processes) === before) return passed;
    expect(passed).toBeLessThanOrEqual(2 * LIMIT);
  }
  throw new Error('Redis never answered for the time of a burst');
}

describe('while Redis answers', () => {
  test('a limit of 5 lets exactly 5 of a thousand concurrent requests at two processes pass', async () => {
    const redis = resources.use(await startRedis());
    const two = await twoProcesses(redis.url);
    const workspace = async () => (await two.fleet.workspace(two.processes)).test;
    expect(await passedUndisturbed(two, async () => burst(await workspace()))).toBe(LIMIT);
    const keys = (await redis.ask('KEYS', 'gateway:limit:*')) as string[];
    expect(keys.length).toBeGreaterThan(0);
    // Names are HMACs here too, and every counter ends by itself.
    expect(keys.join()).not.toMatch(/ada|example/);
    for (const key of keys) expect(Number(await redis.ask('PTTL', key))).toBeGreaterThan(0);
  });

  test('so does it on a cluster of three', async () => {
    const cluster = resources.use(await startRedisCluster());
    const two = await twoProcesses(cluster.url);
    const { test: caller } = await two.fleet.workspace(two.processes);
    for (let round = 0; round < 3; round += 1)
      expect(await passedUndisturbed(two, () => burst(caller, 100))).toBe(LIMIT);
    // Where a counter lies is its name's to say, so a few more make sure of several nodes.
    await waitFor('counters lie on several nodes', async () => {
      await burst(caller, 2, 2);
      const sizes = await Promise.all(cluster.nodes.map(async (node) => Number(await node.ask('DBSIZE'))));
      return sizes.filter((size) => size > 0).length > 1;
    });
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
    readonly fail: (started: Started) => unknown;
    /** Whether it forgets while processes go on counting in it. */
    readonly forgets?: boolean;
    readonly mend: (started: Started) => unknown;
  }
  const faults: Fault[] = [
    { name: 'killed', fail: ({ redis }) => redis.kill(), mend: ({ redis }) => redis.restart() },
    { name: 'stopped', fail: ({ redis }) => redis.signal('SIGSTOP'), mend: ({ redis }) => redis.signal('SIGCONT') },
    { name: 'slow', fail: ({ proxy }) => proxy.delay(500), mend: ({ proxy }) => proxy.delay(0) },
    { name: 'flushed', fail: ({ redis }) => redis.ask('FLUSHALL'), mend: () => {}, forgets: true },
  ];

  test.each(faults)(
    'C7: $name: no request hangs, limits stay within what is documented, no guess is compared above the limit, and Redis counts again',
    async ({ fail, mend, forgets }) => {
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
      const before = fallOvers(processes);
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
      // What Redis let pass, what PostgreSQL did, and once more where Redis forgot what it knew.
      const windows = (fallOvers(processes) > before ? 2 : 1) + (forgets ? 1 : 0);
      expect(passed).toBeLessThanOrEqual(windows * LIMIT);
      expect(answers.filter((answer) => answer === 'CodeIncorrect').length).toBeLessThanOrEqual(MAX_ATTEMPTS);
      expect(answers.filter((answer) => answer === 'SERVICE_UNAVAILABLE' || answer === 'none')).toEqual([]);
      const [row] = await fleet.sql<{ n: number }>('select failed_attempts as n from verification where id = $1', [
        verificationId.split(':')[1] as string,
      ]);
      expect(row?.n).toBeLessThanOrEqual(MAX_ATTEMPTS);

      await mend(all);
      await backToRedis(processes);
      await redis.ask('FLUSHALL');
      expect(await passedUndisturbed(all, () => burst(caller, 100, 20))).toBe(LIMIT);
      expect(Number(await redis.ask('DBSIZE'))).toBeGreaterThan(0);
    },
  );
});

describe('texts that clients registered', () => {
  const body = 'query Shared { viewer { kind } }';

  test('at one process are found by the other, and by no other world; what was changed in Redis is not run', async () => {
    const redis = resources.use(await startRedis());
    const { fleet, processes } = await twoProcesses(redis.url);
    const [one, other] = processes as [Running, Running];
    const { test: caller, live, id } = await fleet.workspace(processes);
    const ask = (at: Running, key: string, text: string, withText = false) =>
      post(at.url, { ...(withText && { query: text }), ...apolloExtension(idOf(text)) }, { key });
    expect(errorOf(await ask(other, caller.key, body))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    dataOf(await ask(one, caller.key, body, true));
    await waitFor('the other process runs it', async () => (await ask(other, caller.key, body)).body.data);
    expect(errorOf(await ask(other, live.key, body))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });

    const name = `gateway:texts:{${id}/TEST}`;
    expect(Number(await redis.ask('PTTL', name))).toBeGreaterThan(0);
    const wanted = 'query Wanted { viewer { mode } }';
    await redis.ask('HSET', name, idOf(wanted), 'query Put { viewer { scopes } }');
    expect(errorOf(await ask(one, caller.key, wanted))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('a world keeps a hundred of them in Redis, however many it registers', async () => {
    const redis = resources.use(await startRedis());
    await using shared = await openRedis(
      loadConfig({ REDIS_URL: redis.url }).redis as RedisSettings,
      pino({ level: 'silent' }),
    );
    const { register, find } = shareRegistrations(shared);
    const world = { workspaceId: 'w', mode: 'TEST' } as const;
    const texts = Array.from({ length: 150 }, (_, at) => `{ a${at} }`);
    for (const text of texts) register(world, idOf(text), text);
    await waitFor('all were registered', async () => (await find(world, idOf(texts.at(-1) as string))) !== undefined);
    expect(await redis.ask('HLEN', 'gateway:texts:{w/TEST}')).toBe(100);
  });
});

test('gateway doctor says whether Redis answers, and no password', async () => {
  const redis = resources.use(await startRedis());
  const { fleet } = await twoProcesses(redis.url);
  const doctor = async (REDIS_URL: string) => {
    const { stdout } = await runGateway(['doctor', '--json'], { ...fleet.env, REDIS_URL });
    expect(stdout).not.toContain('hunter2');
    const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean }[] };
    return checks.find(({ check }) => check === 'redis')?.ok;
  };
  expect(await doctor(redis.url)).toBe(true);
  expect(await doctor('redis://user:hunter2@127.0.0.1:1')).toBe(false);
  expect(await doctor(redis.url.replace('//', '//user:hunter2@'))).toBe(false);
});
