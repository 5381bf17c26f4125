/** Processes that start at once on an empty database get along, and a migration gets along with who is there. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { DELIVERY_QUEUE, DELIVERY_TRIES, SPARE_CLAIMS } from '../../src/delivery/queues.js';
import { createDatabase } from '../support/postgres.js';
import { runGateway, startCommand, startProcess } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const SECRET = 'the same secret in every process of the fleet';
const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

async function emptyDatabase(): Promise<Record<string, string>> {
  const { url, drop } = await createDatabase(sharedPostgres(), 'empty');
  resources.defer(drop);
  return { DATABASE_URL: url, GATEWAY_SECRET: SECRET };
}

async function count(env: Record<string, string>, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  await client.end();
  return rows[0]?.n as number;
}

test('six that migrate all succeed, and one of them did the work; without it nothing serves', async () => {
  const env = await emptyDatabase();
  expect(await runGateway(['migrate', '--check'], env)).toMatchObject({ code: 1 });
  const unready = await runGateway(['serve'], { ...env, PORT: '0', GATEWAY_MIGRATE: 'off' });
  expect(unready).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('gateway migrate') });
  const runs = await Promise.all(Array.from({ length: 6 }, () => runGateway(['migrate', '--json'], env)));
  expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(runs.map(() => ({ code: 0, stderr: '' })));
  const reports = runs.map(({ stdout }) => JSON.parse(stdout) as { migrations: string[]; upToDate: boolean });
  expect(reports.every(({ upToDate }) => upToDate)).toBe(true);
  expect(reports.filter(({ migrations }) => migrations.length > 0)).toHaveLength(1);
  expect(await runGateway(['migrate', '--check'], env)).toMatchObject({ code: 0 });
});

test('four that serve all become ready, and make one demo workspace', async () => {
  const env = await emptyDatabase();
  const starts = await Promise.allSettled(Array.from({ length: 4 }, () => startProcess(['serve'], env)));
  const processes = starts.flatMap((start) => (start.status === 'fulfilled' ? [resources.use(start.value)] : []));
  expect(starts.filter(({ status }) => status === 'rejected')).toEqual([]);
  for (const { url } of processes) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(processes.filter((process) => process.stdout().includes('sk_test_'))).toHaveLength(1);
  expect({ workspaces: await count(env, 'workspace'), keys: await count(env, 'api_key') }).toEqual({
    workspaces: 1,
    keys: 2,
  });
});

/** A database on which two migrations are to run again: one locks `verification`, the one after it `session`. */
async function databaseBehind(): Promise<Record<string, string>> {
  const env = await emptyDatabase();
  await runGateway(['migrate'], env);
  await using client = await connect(env);
  await client.query(`drop table upstream_grant; alter table verification drop column given_back;
    drop index session_of_verification_index;
    delete from gateway_migration where name in ('20261121090000-upstream', '20261121095000-retention')`);
  return env;
}

async function connect(env: Record<string, string>) {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

test('a request that holds one table of a migration and wants another is not ended as the victim of a deadlock', async () => {
  const env = await databaseBehind();
  await using request = await connect(env);
  await request.query('begin; lock table session in row exclusive mode');
  const migrating = runGateway(['migrate', '--json'], env);
  await using observer = await connect(env);
  await waitFor('the migration wants the table', async () => (await observer.query(WAITING)).rowCount === 1);
  // The server looks for a deadlock once, a second after a wait began: now it would find the request's.
  await pause(1_500);
  await request.query('select from verification');
  await request.query('commit');
  expect(await migrating).toMatchObject({ code: 0 });
});

/** What PostgreSQL does to the victim of a deadlock, the first time that an index is made. */
const VICTIM_ONCE = `
  create sequence tries;
  create function end_the_first() returns event_trigger as $$ begin
    if nextval('tries') = 1 then raise exception 'deadlock detected' using errcode = 'deadlock_detected'; end if;
  end $$ language plpgsql;
  create event trigger end_the_first on ddl_command_end when tag in ('CREATE INDEX') execute function end_the_first()`;

test('a migration that is ended as the victim of a deadlock itself is tried again', async () => {
  const env = await databaseBehind();
  await using client = await connect(env);
  await client.query(VICTIM_ONCE);
  expect(await runGateway(['migrate', '--json'], env)).toMatchObject({ code: 0 });
  expect(await runGateway(['migrate', '--check'], env)).toMatchObject({ code: 0 });
});

test('while a backup or a report reads a table that a migration wants, requests do not queue behind the migration, which says what it waits for', async () => {
  const env = await databaseBehind();
  await using report = await connect(env);
  await report.query('begin; select from verification');
  await using migrating = startCommand(['migrate', '--json'], env);
  await using request = await connect(env);
  await waitFor('the migration wants the table', async () => (await request.query(WAITING)).rowCount === 1);
  // One that queued behind the migration would be ended here.
  await request.query('set statement_timeout = 5000');
  for (let asked = 0; asked < 30; asked += 1) {
    await request.query('select from verification');
    await pause(50);
  }
  await waitFor('it says what it waits for', () => migrating.stderr().includes('waits for a table'));
  expect(migrating.hasEnded()).toBe(false);
  await report.query('commit');
  expect(await migrating.finished).toMatchObject({ code: 0 });
});

test('a migration takes as long as it takes, also where its account’s statements have a time limit', async () => {
  const env = await emptyDatabase();
  await using client = await connect(env);
  const name = new URL(env['DATABASE_URL'] as string).pathname.slice(1);
  await client.query(`alter database ${name} set statement_timeout = 400`);
  await client.query('create table gateway_migration_lock (id int primary key)');
  await client.query('begin; lock table gateway_migration_lock in exclusive mode');
  const migrating = runGateway(['migrate', '--json'], env);
  await using observer = await connect(env);
  await waitFor('the migration waits', async () => (await observer.query(BEHIND_ANOTHER)).rowCount === 1);
  await pause(1_000);
  await client.query('commit');
  expect(await migrating).toMatchObject({ code: 0 });
});

test('a migration whose connection dies ends its command with what happened, and the next one does the work', async () => {
  const env = await databaseBehind();
  await using other = await connect(env);
  await other.query('begin; lock table gateway_migration_lock in exclusive mode');
  const migrating = runGateway(['migrate', '--json'], env);
  await using observer = await connect(env);
  await waitFor('it is ended in its transaction', async () => (await observer.query(END_MIGRATION)).rowCount === 1);
  expect(await migrating).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(TOLD) });
  await other.query('commit');
  expect(await runGateway(['migrate', '--json'], env)).toMatchObject({ code: 0 });
});

test('a queue of an earlier version is granted what jobs are granted now, and keeps what a later one has granted', async () => {
  const env = await emptyDatabase();
  await runGateway(['migrate'], env);
  await using client = await connect(env);
  const granted = async () => {
    const { rows } = await client.query<{ limit: number }>(
      'select retry_limit as limit from pgboss.queue where name = $1',
      [DELIVERY_QUEUE],
    );
    return rows[0]?.limit;
  };
  const now = DELIVERY_TRIES - 1 + SPARE_CLAIMS;
  for (const [before, after] of [
    [DELIVERY_TRIES - 1, now],
    [now + 1, now + 1],
  ]) {
    await client.query('update pgboss.queue set retry_limit = $1', [before]);
    expect(await runGateway(['migrate'], env)).toMatchObject({ code: 0 });
    expect(await granted()).toBe(after);
  }
});

test('a queue whose connections die while its tables are made ends the command with what happened', async () => {
  const env = await emptyDatabase();
  await runGateway(['migrate'], env);
  await using other = await connect(env);
  await other.query('begin; lock table pgboss.queue in exclusive mode');
  const migrating = runGateway(['migrate', '--json'], env);
  await using observer = await connect(env);
  await waitFor('it is ended while it waits', async () => ((await observer.query(END_QUEUE)).rowCount ?? 0) > 0);
  expect(await migrating).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(TOLD) });
});

/** One line, and no stack of an exception that nobody caught. */
const TOLD = /^gateway: [^\n]*terminat[^\n]*\n$/;
const BEHIND_ANOTHER = `select from pg_locks where not granted and relation = 'gateway_migration_lock'::regclass`;
const END_MIGRATION = `select pg_terminate_backend(pid) from pg_locks
  where not granted and relation = 'gateway_migration_lock'::regclass`;
// All of them, those without work included, once one waits.
const END_QUEUE = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name = 'identity-gateway-queue' and exists (
    select from pg_locks where not granted and relation = 'pgboss.queue'::regclass)`;
const WAITING = `select from pg_locks where not granted and relation in ('verification'::regclass, 'session'::regclass)`;
