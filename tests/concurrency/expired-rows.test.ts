/** What is over goes while others work on the same rows, on PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/entities/database.js';
import { deleteExpired } from '../../src/entities/expired-rows.js';
import { openStorage, type Storage } from '../../src/entities/storage.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const { url, drop } = await createDatabase(sharedPostgres(), 'expired_rows');
let storage: Storage;
beforeAll(async () => {
  // With a deadline, whoever waits for a row fails and does not wait for ever.
  storage = await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true, deadlineMs: 5_000 });
});
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await drop();
});

const sweep = deleteExpired('rate_limit_window', 'workspace_id, key', 'expires_at < now()', 4);
const keys = async () => {
  const rows = await run<{ key: number }>(
    storage.database.pool,
    'select get_byte(key, 0) as key from rate_limit_window order by 1',
  );
  return rows.map(({ key }) => key);
};

test('a sweep takes no more than its limit, passes over a row that is held, and leaves what is not over', async () => {
  const { pool, transaction } = storage.database;
  await run(
    pool,
    `insert into rate_limit_window (workspace_id, key, hits, expires_at)
     select '00000000-0000-0000-0000-000000000000', set_byte('\\x00', 0, n), 1,
       now() + case when n <= 6 then interval '-1 second' else interval '1 hour' end from generate_series(1, 8) n`,
  );
  await transaction(async (other) => {
    await run(other, `select 1 from rate_limit_window where key = '\\x03' for update`);
    expect(await sweep(pool)).toBe(4);
    expect(await sweep(pool)).toBe(1);
    expect(await keys()).toEqual([3, 7, 8]);
  });
  expect(await sweep(pool)).toBe(1);
  expect(await sweep(pool)).toBe(0);
  expect(await keys()).toEqual([7, 8]);
});
