/** Statements on the pool itself: what becomes of a connection when something goes wrong on it. */
import { afterAll, expect, test } from 'vitest';
import { run, violatedUnique } from '../../src/entities/database.js';
import { directPool } from '../../src/entities/direct.js';
import { openOrm } from '../../src/entities/orm.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const own = resources.adopt(await createDatabase(sharedPostgres(), 'direct'), ({ drop }) => drop());
// One connection: where its place is not given back, the next statement waits for ever.
const orm = resources.adopt(await openOrm({ location: own.url, poolSize: 1 }), (opened) => opened.close(true));
const pool = await directPool(orm);
await run(pool, 'create table item (id int primary key)');

const backend = async () => (await run<{ pid: number }>(pool, 'select pg_backend_pid() as pid'))[0]?.pid;

test('a row that a constraint refuses costs no connection', async () => {
  const before = await backend();
  await run(pool, 'insert into item values (1)');
  const refused = await run(pool, 'insert into item values (1)').catch((error: unknown) => error);
  expect(violatedUnique(refused)).toBe('item_pkey');
  expect(await backend()).toBe(before);
});

test('a connection that breaks under a statement gives its place back, and the caller hears why it broke', async () => {
  const before = await backend();
  const broken = run(pool, 'select pg_terminate_backend(pg_backend_pid())');
  await expect(broken).rejects.toMatchObject({ code: '57P01' });
  expect(await backend()).not.toBe(before);
});
