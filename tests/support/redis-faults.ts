/** Two gateways that count their limits in one Redis, and what can happen to it in the middle of a burst. */
import { expect } from 'vitest';
import { type Caller, DOCUMENTS } from './caller.js';
import { createFleet, type Fleet } from './fleet.js';
import { inTurns } from './in-turns.js';
import type { Running } from './processes.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { sharedPostgres } from './shared-postgres.js';
import { type SlowProxy, startSlowProxy } from './slow-proxy.js';
import { waitFor } from './wait-for.js';

export const LIMIT = 5;
export const MAX_ATTEMPTS = 5;

/** 20 sends to one contact of one customer in ten minutes, scaled down to 5. */
const settings = (url: string) => ({ GATEWAY_LIMIT_SCALE: '0.25', REDIS_URL: url });

export interface Two {
  readonly fleet: Fleet;
  readonly processes: readonly Running[];
}

/** Both end with `resources`. */
export async function twoProcesses(resources: AsyncDisposableStack, url: string): Promise<Two> {
  const fleet = resources.use(await createFleet(sharedPostgres(), settings(url)));
  return { fleet, processes: await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]) };
}

export interface Burst {
  readonly passed: number;
  readonly slowestMs: number;
}

/** Sends to one contact, so many at once and in all; `halfway` happens in the middle of them. */
export async function burst(caller: Caller, calls = 1_000, width = 1_000, halfway = async () => {}): Promise<Burst> {
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
export const backToRedis = (processes: readonly Running[]) =>
  waitFor('every process counts in Redis', async () => {
    const texts = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    return texts.every((text) => /^gateway_redis_up 1$/m.test(text));
  });

/** How often these processes gave Redis up, by their own account. */
export const fallOvers = (processes: readonly Running[]): number =>
  processes.reduce((sum, each) => sum + each.stderr().split('Redis does not answer').length - 1, 0);

/** Two gateways that reach Redis through a proxy. */
export interface Failing extends Two {
  readonly redis: RedisServer;
  readonly proxy: SlowProxy;
}

export async function startFailing(resources: AsyncDisposableStack, executable?: string): Promise<Failing> {
  const redis = resources.use(await startRedis([], executable));
  const proxy = resources.use(await startSlowProxy(redis.port));
  return { redis, proxy, ...(await twoProcesses(resources, `redis://127.0.0.1:${proxy.port}`)) };
}

export interface Fault<On = Pick<Failing, 'redis' | 'proxy'>> {
  readonly name: string;
  readonly fail: (failing: On) => unknown;
  /** Whether it forgets while processes go on counting in it. */
  readonly forgets?: boolean;
  readonly mend: (failing: On) => unknown;
}

export const FAULTS: readonly Fault[] = [
  { name: 'killed', fail: ({ redis }) => redis.kill(), mend: ({ redis }) => redis.restart() },
  { name: 'stopped', fail: ({ redis }) => redis.signal('SIGSTOP'), mend: ({ redis }) => redis.signal('SIGCONT') },
  { name: 'slow', fail: ({ proxy }) => proxy.delay(500), mend: ({ proxy }) => proxy.delay(0) },
  { name: 'flushed', fail: ({ redis }) => redis.ask('FLUSHALL'), mend: () => {}, forgets: true },
];

export interface FaultRound extends Burst {
  /** How many windows' worth may have passed: Redis's, PostgreSQL's after a fall-over, one more where Redis forgot. */
  readonly windows: number;
  /** Wrong guesses that were compared, by their answers and by the row. */
  readonly compared: number;
  /** Guesses that nobody could answer. */
  readonly unanswered: number;
}

/**
 * Those of the answers to wrong guesses that are none, by typename or by code. What is right is named and not what is
 * wrong: an `INTERNAL_SERVER_ERROR`, which nobody expects, must not pass for an answer.
 */
export const unansweredOf = (answers: readonly string[]): string[] =>
  answers.filter((answer) => answer !== 'CodeIncorrect' && answer !== 'Refused');

/** A burst of sends and guesses, in the middle of which Redis fails. It is mended again at the end. */
export async function failDuringBurst<On>(
  failing: Two & On,
  { fail, mend, forgets }: Omit<Fault<On>, 'name'>,
): Promise<FaultRound> {
  const { fleet, processes } = failing;
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
    await fail(failing);
  });
  const answers = (await guesses) ?? [];
  const [row] = await fleet.sql<{ n: number }>('select failed_attempts as n from verification where id = $1', [
    verificationId.split(':')[1] as string,
  ]);
  const windows = (fallOvers(processes) > before ? 2 : 1) + (forgets ? 1 : 0);
  await mend(failing);
  return {
    passed,
    slowestMs,
    windows,
    compared: Math.max(row?.n ?? 0, answers.filter((answer) => answer === 'CodeIncorrect').length),
    unanswered: unansweredOf(answers).length,
  };
}
