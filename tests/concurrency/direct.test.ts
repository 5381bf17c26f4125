/** Statements and transactions on the pool itself: what becomes of a connection when something goes wrong on it. */
import { afterAll, expect, test } from 'vitest';
import { run, violatedUnique } from '../../src/entities/database.js';
import { directDatabase, nativePool } from '../../src/entities/direct.js';
import { openOrm } from '../../src/entities/orm.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const own = resources.adopt(await createDatabase(sharedPostgres(), 'direct'), ({ drop }) => drop());
// One connection: whatever is left on it is found by the next statement.
const orm = resources.adopt(await openOrm({ location: own.url, poolSize: 1 }), (opened) => opened.close(true));
const { pool, transaction } = directDatabase(await nativePool(orm));
await run(pool, 'create table item (id int primary key)');

const items = async () => (await run<{ id: number }>(pool, 'select id from item order by id')).map(({ id }) => id);
const backend = async () => (await run<{ pid: number }>(pool, 'select pg_backend_pid() as pid'))[0]?.pid;

test('a row that a constraint refuses costs no connection', async () => {
  const before = await backend();
  await run(pool, 'insert into item values (1)');
  const refused = await run(pool, 'insert into item values (1)').catch((error: unknown) => error);
  expect(violatedUnique(refused)).toBe('item_pkey');
  expect(await backend()).toBe(before);
});

test('a transaction is written as a whole, and one that fails leaves nothing behind', async () => {
  await transaction(async (open) => {
    await run(open, 'insert into item values (2)');
    await run(open, 'insert into item values (3)');
  });
  const failing = transaction(async (open) => {
    await run(open, 'insert into item values (4)');
    throw new TypeError('of its own');
  });
  await expect(failing).rejects.toThrow(TypeError);
  expect(await items()).toEqual([1, 2, 3]);
});

test('a statement after the end of its transaction is refused: the connection may be in another one by then', async () => {
  let left: Parameters<Parameters<typeof transaction>[0]>[0] | undefined;
  await transaction(async (open) => {
    left = open;
  });
  await expect(run(left as NonNullable<typeof left>, 'insert into item values (5)')).rejects.toThrow('after the end');
  expect(await items()).toEqual([1, 2, 3]);
});

test('a connection that breaks within a transaction is replaced, and the caller hears why it broke', async () => {
  const before = await backend();
  const broken = transaction(async (open) => {
    await run(open, 'insert into item values (6)');
    await run(open, 'select pg_terminate_backend(pg_backend_pid())');
  });
  await expect(broken).rejects.toMatchObject({ code: '57P01' });
  expect(await backend()).not.toBe(before);
  expect(await items()).toEqual([1, 2, 3]);
});
