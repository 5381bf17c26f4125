/** A database that goes away without a word, as in a failover: no connection is refused or ended, none is answered. */
import { createSecretKey } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { createLimitLedger } from '../../src/access/limit-ledger.js';
import { createBoss } from '../../src/delivery/boss.js';
import { type Connection, isCanceled, isUnavailable, run } from '../../src/entities/database.js';
import { openStorage, STATEMENT_MS } from '../../src/entities/storage.js';
import { monotonicClock } from '../../src/kernel/clock.js';
import { createFleet } from '../support/fleet.js';
import { errorOf } from '../support/graphql-client.js';
import { scrape } from '../support/metrics.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { startSlowProxy } from '../support/slow-proxy.js';
import { waitFor } from '../support/wait-for.js';

const HOUR = 3_600_000;
const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const fleet = resources.use(await createFleet(sharedPostgres()));
const { port, pathname, username } = new URL(fleet.env['DATABASE_URL'] as string);

async function away() {
  const proxy = resources.use(await startSlowProxy(Number(port)));
  return { proxy, url: `postgres://${username}@127.0.0.1:${proxy.port}${pathname}` };
}

test('every statement, transaction and limit that is under way fails in time, and the next is answered once it is back', async () => {
  const { proxy, url } = await away();
  await using storage = await openStorage({ databaseUrl: url, dataDirectory: '', migrate: false, deadlineMs: 500 });
  const { pool, transaction } = storage.database;
  const ledger = createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), monotonicClock);
  const [{ id: workspaceId }] = (await run<{ id: string }>(pool, 'select gen_random_uuid() as id')) as [{ id: string }];
  const hit = { workspaceId, name: 'silence', max: 5, windowMs: HOUR };
  const work = () => [
    ...Array.from({ length: 40 }, () => run(pool, 'select 1')),
    transaction((within) => run(within, 'select 1')),
    transaction(async (within) => {
      proxy.delay(HOUR);
      return run(within, 'select 1');
    }),
    ledger.reserve(hit),
  ];
  await ledger.reserve(hit);

  const begun = performance.now();
  const lost = await Promise.allSettled(work());
  expect(performance.now() - begun).toBeLessThan(5_000);
  const reasons = lost.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons.filter((reason) => !isUnavailable(reason))).toEqual([]);

  proxy.delay(0);
  // One hit was counted by a statement whose answer never came, or was not: no more than that is lost.
  const found = await waitFor('it is used again', () => ledger.reserve(hit).catch(() => undefined));
  expect(found.before).toBeGreaterThanOrEqual(1);
  expect(found.before).toBeLessThanOrEqual(2);
  expect(await run(pool, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('what the queue gives up is ended in PostgreSQL too, and what migrates or supervises takes as long as it takes', async () => {
  const location = fleet.env['DATABASE_URL'] as string;
  await using storage = await openStorage({ databaseUrl: location, dataDirectory: '', migrate: false });
  const patienceOf = async (migrate: boolean, supervise = false) => {
    const place = { orm: storage.orm, location, prepared: true };
    const boss = await createBoss(place, { migrate, supervise, useListenNotify: false });
    await boss.start();
    const { rows } = await boss.getDb().executeSql(
      `select current_setting('statement_timeout') as statement,
              current_setting('idle_in_transaction_session_timeout') as transaction`,
    );
    await boss.stop({ graceful: false });
    return rows[0];
  };
  expect(await patienceOf(true)).toEqual({ statement: '0', transaction: '0' });
  expect(await patienceOf(false, true)).toEqual({ statement: '0', transaction: '0' });
  expect(await patienceOf(false)).toEqual({ statement: '59s', transaction: '59s' });
});

test('a process that is to end does not wait for upkeep of the queue which waits for the lock of somebody else', async () => {
  const databaseUrl = fleet.env['DATABASE_URL'];
  await using storage = await openStorage({ databaseUrl, dataDirectory: '', migrate: false });
  const { pool, transaction } = storage.database;
  await using worker = await fleet.start(['work']);
  await transaction(async (within) => {
    // What upkeep alone writes to.
    await run(within, 'lock table pgboss.job_dependency in access exclusive mode');
    await run(pool, 'update pgboss.queue set maintain_on = null');
    const waiting = () =>
      run(pool, `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%job_dependency%'`);
    await waitFor('upkeep waits', async () => (await waiting()).length > 0, 30_000);
    const begun = performance.now();
    expect(await worker.end()).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
}, 120_000);

test('what a process gives up is ended in PostgreSQL too: no backend, lock or connection is left behind', async () => {
  const databaseUrl = fleet.env['DATABASE_URL'];
  await using storage = await openStorage({ databaseUrl, dataDirectory: '', migrate: false, deadlineMs: 1_000 });
  const { pool, transaction } = storage.database;
  const backend = async () => (await run<{ pid: number }>(pool, 'select pg_backend_pid() as pid'))[0]?.pid;
  const tooSlow = (connection: Connection) =>
    run(connection, `select pg_advisory_xact_lock(1), pg_sleep(60) as "given up"`);
  const before = await backend();

  expect(isCanceled(await tooSlow(pool).catch((error: unknown) => error))).toBe(true);
  expect(isCanceled(await transaction(tooSlow).catch((error: unknown) => error))).toBe(true);
  expect(
    await fleet.sql(`select pid from pg_stat_activity where query like '%given up"' and state = 'active'`),
  ).toEqual([]);
  // The server is there, and so is the connection.
  expect(await backend()).toBe(before);
  expect(await run(pool, 'select pg_try_advisory_xact_lock(1) as free')).toEqual([{ free: true }]);
});

test('locks of a transaction whose process is cut off, or hangs, are given up before TCP notices', async () => {
  const databaseUrl = fleet.env['DATABASE_URL'];
  await using storage = await openStorage({ databaseUrl, dataDirectory: '', migrate: false, deadlineMs: 1_000 });
  const { pool, transaction } = storage.database;
  const lost = transaction(async (within) => {
    await run(within, 'select pg_advisory_xact_lock(2)');
    await waitFor('the lock is free', async () => {
      const [row] = await fleet.sql<{ free: boolean }>('select pg_try_advisory_xact_lock(2) as free');
      return row?.free === true;
    });
    return run(within, 'select 1');
  });
  const reason = await lost.catch((error: unknown) => error);
  expect({ reason, isUnavailable: isUnavailable(reason) }).toMatchObject({ isUnavailable: true });
  expect(await run(pool, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a process refuses what it cannot do, is alive, and goes on by itself: requests, limits and the queue', async () => {
  const { proxy, url } = await away();
  const gateway = await fleet.start(['serve'], { DATABASE_URL: url });
  const { test: caller } = await fleet.workspace([gateway]);
  const { id: customerId } = await caller.createCustomer({ email: 'ada@example.com' });
  const { id: verificationId } = await caller.sendEmail(customerId);

  proxy.delay(HOUR);
  const begun = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => caller.query(`{ customer(id: "${customerId}") { id } }`)),
  );
  expect(performance.now() - begun).toBeLessThan(2 * STATEMENT_MS + 5_000);
  expect(new Set(answers.map((answer) => errorOf(answer).code))).toEqual(new Set(['SERVICE_UNAVAILABLE']));
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);

  proxy.delay(0);
  await waitFor('the gateway is ready again', async () => (await fetch(`${gateway.url}/readyz`)).ok, 60_000);
  const confirmed = await caller.call('confirm', { input: { verificationId, code: '123456' } });
  expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed' });
  const { id } = await caller.sendEmail(customerId, { email: 'second@example.com' });
  const isDelivered = async () => {
    const uuid = id.slice('Verification:'.length);
    const [step] = await fleet.sql<{ status: string }>(
      'select status from verification_step where verification_id = $1',
      [uuid],
    );
    return step?.status === 'DELIVERED';
  };
  await waitFor('the queue is worked again', isDelivered, 120_000);
}, 300_000);

test('a scrape is answered before Prometheus gives it up, without what the database did not tell', async () => {
  const { proxy, url } = await away();
  const gateway = await fleet.start(['serve'], { DATABASE_URL: url });
  const queued = 'gateway_queue_waiting{queue="verification-deliver"}';
  expect(await scrape(gateway.url)).toContain(queued);

  proxy.delay(HOUR);
  // Past the five seconds for which a reading is fresh.
  await pause(5_500);
  for (let scrapes = 0; scrapes < 3; scrapes += 1) {
    const begun = performance.now();
    const text = await scrape(gateway.url);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(text).not.toContain(queued);
    expect(text).toContain('process_cpu_user_seconds_total');
  }

  proxy.delay(0);
  await waitFor('the queue is told again', async () => (await scrape(gateway.url)).includes(queued), 120_000);
}, 300_000);
