/** Lists on a replica, and nothing else: what decides never asks it, however far it is behind. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/entities/database.js';
import { openStorage, STATEMENT_MS } from '../../src/entities/storage.js';
import type { Caller } from '../support/caller.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { errorOf } from '../support/graphql-client.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { type Running, runGateway } from '../support/processes.js';
import { type ReplicatedPostgres, startReplicatedPostgres } from '../support/replicated-postgres.js';
import { type SlowProxy, startSlowProxy } from '../support/slow-proxy.js';
import { waitFor } from '../support/wait-for.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

let pair: ReplicatedPostgres;
let proxy: SlowProxy;
let fleet: Fleet;
let gateway: Running;
let caller: Caller;
let workspaceId: string;
let onReplica: (text: string) => Promise<Record<string, unknown>[]>;

const LISTS = `{
  verifications(first: 100) { edges { node { id status } } }
  customers(first: 100) { edges { node { id } } }
  auditEvents(first: 100) { edges { node { id } } }
}`;
type Lists = Record<
  'verifications' | 'customers' | 'auditEvents',
  { edges: { node: { id: string; status?: string } }[] }
>;

async function lists(): Promise<Lists & { ms: number }> {
  const startedAt = performance.now();
  const { body } = await caller.query<Lists>(LISTS);
  if (!body.data) throw new Error(JSON.stringify(body.errors));
  return { ...body.data, ms: performance.now() - startedAt };
}
const gauge = async (name: 'up' | 'lag_seconds') => sampleIn(await scrape(gateway.url), `gateway_replica_${name}`, {});
const readsOf = async (outcome: string) => sampleIn(await scrape(gateway.url), 'gateway_list_reads_total', { outcome });
/** What the process has logged about it. */
const said = () => gateway.stderr().match(/"msg":"the replica [^"]*/g) ?? [];
const AWAY = '"msg":"the replica does not answer: lists are read on the primary meanwhile';
const BACK = '"msg":"the replica answers again: lists are read there';
const saysLast = (line: string) => waitFor(`the log says: ${line}`, () => said().at(-1) === line);
const counts = (each: Lists) => [each.verifications, each.customers, each.auditEvents].map(({ edges }) => edges.length);

/** The replica takes no more changes. Asking for that is not yet having it. */
async function standStill(): Promise<void> {
  await onReplica('select pg_wal_replay_pause()');
  await waitFor('replay is paused', async () => {
    const [row] = await onReplica('select pg_get_wal_replay_pause_state() as state');
    return row?.['state'] === 'paused';
  });
}

beforeAll(async () => {
  pair = resources.use(await startReplicatedPostgres());
  proxy = resources.use(await startSlowProxy(pair.replicaPort));
  fleet = resources.use(await createFleet(pair.primaryUrl, { GATEWAY_LIMIT_SCALE: '0.25' }));
  const { pathname } = new URL(fleet.env['DATABASE_URL'] as string);
  onReplica = async (text) => {
    const client = new pg.Client({ connectionString: `${pair.replicaUrl.replace(/\/postgres$/, '')}${pathname}` });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const DATABASE_REPLICA_URL = `postgres://postgres@127.0.0.1:${proxy.port}${pathname}`;
  gateway = await fleet.start(['serve'], { DATABASE_REPLICA_URL, LOG_LEVEL: 'info' });
  ({ id: workspaceId, test: caller } = await fleet.workspace([gateway]));
  await waitFor('the replica has the workspace', async () => {
    const rows = await onReplica(`select 1 from api_key where workspace_id = '${workspaceId}'`).catch(() => []);
    return rows.length > 0;
  });
});

test('what decides is right beside a replica that stands still, and lists show what it has', async () => {
  await standStill();
  const { id: customerId } = await caller.createCustomer({ email: 'ada@example.com' });
  const sent = await caller.sendEmail(customerId, { maxAttempts: 2 });
  expect(await caller.call('confirm', { input: { verificationId: sent.id, code: '000000' } })).toMatchObject({
    __typename: 'CodeIncorrect',
    attemptsLeft: 1,
  });
  expect(await caller.call('verification', { id: sent.id })).toMatchObject({ failedAttempts: 1 });
  expect(await caller.call('confirm', { input: { verificationId: sent.id, code: '123456' } })).toMatchObject({
    __typename: 'VerificationConfirmed',
  });
  expect(await caller.call('customer', { id: customerId })).toMatchObject({ email: 'ada@example.com' });
  // A limit of 5 at one contact, counted where everything is.
  const codes: string[] = [];
  for (let call = 0; call < 6; call += 1) {
    const { body } = await caller.query(
      'mutation ($input: SendEmailVerificationInput!) { sendEmailVerification(input: $input) { __typename } }',
      { input: { customerId, email: 'other@example.com' } },
    );
    codes.push(body.errors?.[0]?.extensions.code ?? 'PASSED');
  }
  expect(codes).toEqual([...Array.from({ length: 5 }, () => 'PASSED'), 'RATE_LIMITED']);
  // A key is read, refused and revoked by what the primary says.
  expect(errorOf(await caller.query('{ viewer { mode } }', {}, { key: 'sk_test_none' }))).toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  expect(counts(await lists())).toEqual([0, 0, 0]);
  expect(await readsOf('REPLICA')).toBeGreaterThanOrEqual(3);
  await waitFor('how far it is behind is told', async () => (await gauge('lag_seconds')) > 2);
  await waitFor('it is told to be there', async () => (await gauge('up')) === 1);

  await onReplica('select pg_wal_replay_resume()');
  await waitFor('it is told to be behind no more', async () => (await gauge('lag_seconds')) === 0);
  const caughtUp = await waitFor('the lists have caught up', async () => {
    const read = await lists();
    return read.verifications.edges.some(({ node }) => node.status === 'VERIFIED') && read;
  });
  expect(caughtUp.customers.edges).toHaveLength(1);
  expect(caughtUp.auditEvents.edges.length).toBeGreaterThan(0);
});

test('a replica that hangs is waited for once, and one that is gone not at all: the primary answers', async () => {
  await waitFor('the replica answers', async () => (await lists()).customers.edges.length === 1);
  await standStill();
  await caller.createCustomer();
  expect((await lists()).customers.edges).toHaveLength(1);
  proxy.delay(60_000);
  const first = await lists();
  expect(first.customers.edges).toHaveLength(2);
  expect(first.ms).toBeLessThan(5_000);
  const next: number[] = [];
  for (let call = 0; call < 5; call += 1) {
    const { customers, ms } = await lists();
    expect(customers.edges).toHaveLength(2);
    next.push(ms);
  }
  // It is tried again after five seconds, which a busy machine may let pass in between.
  expect(next.filter((ms) => ms > 1_500).length).toBeLessThanOrEqual(2);
  await saysLast(AWAY);
  await waitFor('it is told to be away', async () => (await gauge('up')) === 0);
  expect(await readsOf('AWAY')).toBeGreaterThanOrEqual(6);
  proxy.delay(0);

  await waitFor('it is found again without a read', async () => (await gauge('up')) === 1);
  await saysLast(BACK);
  await pair.crashReplica();
  for (let call = 0; call < 5; call += 1) expect((await lists()).customers.edges).toHaveLength(2);
  await caller.createCustomer();
  expect((await lists()).customers.edges).toHaveLength(3);

  await pair.restartReplica();
  await waitFor(
    'it follows again',
    async () =>
      (await onReplica(`select 1 from customer where workspace_id = '${workspaceId}'`).catch(() => [])).length === 3,
    60_000,
  );
  await standStill();
  await caller.createCustomer();
  await waitFor(
    'lists are read there again',
    async () => {
      await pause(250);
      return (await lists()).customers.edges.length === 3;
    },
    60_000,
  );
  // One line for each change of state, and none for a read: no two in a row are the same.
  await waitFor('four lines', () => said().length >= 4);
  const lines = said();
  expect(lines).toEqual(lines.map((_, index) => (index % 2 === 0 ? AWAY : BACK)));
});

test('a list that is too slow for the replica is read on the primary, and the next one on the replica', async () => {
  const { DATABASE_URL = '' } = fleet.env;
  const databaseReplicaUrl = pair.replicaUrl.replace(/\/postgres$/, new URL(DATABASE_URL).pathname);
  const options = { databaseUrl: DATABASE_URL, databaseReplicaUrl, dataDirectory: '', migrate: false };
  await using storage = await openStorage({ ...options, deadlineMs: STATEMENT_MS });
  const outcomes: string[] = [];
  const away = (error: unknown) => outcomes.push(`away: ${error}`);
  storage.replica?.watch({ read: (outcome) => outcomes.push(outcome), away, back: () => {} });
  const { lists } = storage.database;
  const SLOW_THERE = 'select pg_sleep(case when pg_is_in_recovery() then 60 else 0 end), pg_is_in_recovery() as there';
  const begun = performance.now();
  expect(await run(lists, SLOW_THERE)).toMatchObject([{ there: false }]);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(await run(lists, 'select pg_is_in_recovery() as there')).toEqual([{ there: true }]);
  expect(outcomes).toEqual(['REFUSED', 'REPLICA']);
  expect(
    await onReplica(`select pid from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`),
  ).toEqual([]);
});

test('gateway doctor says whether the replica is one, and no password', async () => {
  const { DATABASE_URL = '' } = fleet.env;
  const doctor = async (DATABASE_REPLICA_URL: string) => {
    const { stdout } = await runGateway(['doctor', '--json'], { ...fleet.env, DATABASE_REPLICA_URL });
    expect(stdout).not.toContain('hunter2');
    const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean }[] };
    return checks.find(({ check }) => check === 'replica')?.ok;
  };
  await onReplica('select pg_wal_replay_resume()');
  const { pathname } = new URL(DATABASE_URL);
  expect(await doctor(pair.replicaUrl.replace(/\/postgres$/, pathname))).toBe(true);
  expect(await doctor(DATABASE_URL)).toBe(false);
  expect(await doctor(`postgres://postgres:hunter2@127.0.0.1:1${pathname}`)).toBe(false);
});
