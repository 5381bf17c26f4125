/** What it saves, and what it costs when it fails, to count limits in Redis and not in PostgreSQL. */
import { expect } from 'vitest';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { type MeasuredLoad, measureLoad, workersOf } from '../support/measured-load.js';
import { startPostgres } from '../support/postgres.js';
import { backToRedis, FAULTS } from '../support/redis-faults.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { startSlowProxy } from '../support/slow-proxy.js';

const LINES = 8;
const ADDED_P99_MS = 20;

interface Round {
  readonly read: MeasuredLoad;
  readonly verify: MeasuredLoad;
  /** Microseconds of Redis for a read, and for a verification. */
  readonly redisUs: readonly [number, number];
}

evidence('redis-limits', 'Limits in PostgreSQL and in Redis', async ({ size, progress, about, figure, isShort }) => {
  // So many that one failure is among ten seconds of traffic: whoever meets it waits, and nobody else does.
  const [rounds, reads, verifications] = [size(3, 1), size(3_000, 50), size(2_000, 10)];
  await using resources = new AsyncDisposableStack();
  const postgres = await startPostgres();
  resources.defer(() => postgres.stop());
  const redis = resources.use(await startRedis());
  const proxy = resources.use(await startSlowProxy(redis.port));

  /** A gateway with a database and a queue of its own, so that neither works for the other. */
  const start = async (settings: Record<string, string>) => {
    const fleet = resources.use(await createFleet(postgres.url, { GATEWAY_LIMIT_SCALE: '1000000', ...settings }));
    const server = await fleet.start(['serve']);
    const { test } = await fleet.workspace([server]);
    const workers = await workersOf(fleet, [server]);
    const round = async (halfway?: () => unknown): Promise<Round> => {
      const people: { id: string }[] = [];
      while (people.length < verifications) {
        const batch = Array.from({ length: Math.min(50, verifications - people.length) }, newPerson);
        people.push(...(await Promise.all(batch.map(({ email }) => test.createCustomer({ email })))));
      }
      const idOf = (index: number) => people[index % verifications]?.id as string;
      const verify = async (index: number) => {
        const { id } = await test.sendEmail(idOf(index));
        const { __typename } = await test.call('confirm', { input: { verificationId: id, code: '123456' } });
        expect(__typename).toBe('VerificationConfirmed');
      };
      const read = async (index: number) => {
        if (index === Math.floor(reads / 2)) await halfway?.();
        await test.call('customer', { id: idOf(index) });
      };
      await fleet.sql('analyze');
      await fleet.sql('checkpoint');
      // While it fails, it is not asked what it has used.
      const used = () => (halfway ? Number.NaN : cpuOf(redis));
      const before = await used();
      const reading = await measureLoad(workers, LINES, reads, read);
      const between = await used();
      const verifying = await measureLoad(workers, LINES, verifications, verify);
      const redisUs = [(between - before) / reads, ((await used()) - between) / verifications] as const;
      return { read: reading, verify: verifying, redisUs };
    };
    return { server, round };
  };
  const inPostgres = await start({});
  const inRedis = await start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  await backToRedis([inRedis.server]);

  const arms: [string, () => Promise<Round>][] = [
    ['PostgreSQL', inPostgres.round],
    ['Redis', inRedis.round],
  ];
  for (const { name, fail, mend } of FAULTS) {
    arms.push([
      `Redis, ${name} halfway through the reads`,
      async () => {
        const failing = { redis, proxy };
        try {
          return await inRedis.round(() => fail(failing));
        } finally {
          await mend(failing);
          await backToRedis([inRedis.server]);
        }
      },
    ]);
  }
  for (const [, round] of arms.slice(0, 2)) await round();
  const results = new Map(arms.map(([name]) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of arms) {
      progress(`${name}, ${round + 1} of ${rounds}`);
      results.get(name)?.push(await measure());
    }
  }

  about(
    `Two processes with a database each on one PostgreSQL with \`fsync\`, asked in turns, ${LINES} requests at once: ${rounds} rounds of ${reads} reads of a customer and ${verifications} sends with their confirmations; the median of the rounds. CPU for one is the gateway's, PostgreSQL's and Redis's; the client shares the machine. A process reaches Redis through a proxy in the test's process, which adds to what Redis costs here.`,
  );
  const median = (name: string, value: (round: Round) => number) =>
    (results.get(name) ?? []).map(value).toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? Number.NaN;
  for (const [name] of arms.slice(0, 2)) {
    for (const [at, [kind, what]] of KINDS.entries()) {
      const cpu = [
        median(name, (round) => round[kind].gatewayUs),
        median(name, (round) => round[kind].databaseUs),
        median(name, ({ redisUs }) => redisUs[at] as number),
      ].map((microseconds) => microseconds.toFixed(0));
      figure(
        `limits in ${name}: ${what}`,
        `${median(name, (round) => round[kind].perSecond).toFixed(0)}/s, p50 ${median(name, (round) => round[kind].p50Ms).toFixed(1)} ms, p99 ${median(name, (round) => round[kind].p99Ms).toFixed(1)} ms, CPU ${cpu.slice(0, name === 'Redis' ? 3 : 2).join(' + ')} µs`,
      );
    }
  }
  const addedP99s: number[] = [];
  for (const [name] of arms.slice(1)) {
    const added = KINDS.map(([kind]) => {
      const p99 = (of: string) => median(of, (round) => round[kind].p99Ms);
      return p99(name) - p99('PostgreSQL');
    });
    addedP99s.push(...added);
    figure(
      `${name}: p99 of a read and of send and confirm, beside limits in PostgreSQL`,
      added.map((ms) => `${ms < 0 ? '−' : '+'}${Math.abs(ms).toFixed(1)} ms`).join(' and '),
      `at most +${ADDED_P99_MS} ms`,
    );
    const slowest = Math.max(
      ...(results.get(name) ?? []).map(({ read, verify }) => Math.max(read.slowestMs, verify.slowestMs)),
    );
    figure(`${name}: slowest of all`, `${slowest.toFixed(0)} ms`);
  }
  // In the short form a p99 is that of ten requests.
  if (!isShort) expect(Math.max(...addedP99s)).toBeLessThanOrEqual(ADDED_P99_MS);
});

const KINDS = [
  ['read', 'read'],
  ['verify', 'send and confirm'],
] as const;

/** Microseconds that Redis has used so far, by its own account. */
async function cpuOf(redis: RedisServer): Promise<number> {
  const told = String(await redis.ask('INFO', 'cpu'));
  return (
    [...told.matchAll(/^used_cpu_(?:sys|user):(\S+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0) * 1e6
  );
}
