/** Two workers that sweep at once, on PostgreSQL. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/entities/database.js';
import { SESSION_OPTIONS } from '../../src/entities/server-session.js';
import { openStorage, type Storage } from '../../src/entities/storage.js';
import { sweepVerifications } from '../../src/verification/retention.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { createTestWorkspace } from '../support/workspace.js';
import { fakeConnection } from '../unit/fake-connection.js';

const OLD = 6_000;
const YOUNG = 4_000;

const { url, drop } = await createDatabase(sharedPostgres(), 'retention');
let storage: Storage;
beforeAll(async () => {
  storage = await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true });
  const { pool } = storage.database;
  const { id } = await createTestWorkspace(pool, '');
  await run(
    pool,
    `insert into customer (workspace_id, mode, id, platform_customer_id, uma_address)
     values ($1, 'TEST', gen_random_uuid(), 'c', 'c@')`,
    [id],
  );
  await run(
    pool,
    `with n as (
       select n, now() - case when n <= ${OLD} then interval '40 days' else interval '2 days' end - n * interval '1 s' as at
       from generate_series(1, ${OLD + YOUNG}) n
     ), v as (
       insert into verification (workspace_id, mode, id, customer_id, contact_kind, locale, code_length, timeout_seconds,
         max_attempts, code_key_id, expires_at, resend_available_at)
       select c.workspace_id, 'TEST', (lpad(to_hex((extract(epoch from n.at) * 1000)::int8), 12, '0') || '7000' || lpad(n::text, 16, '8'))::uuid,
         c.id, 'EMAIL', 'en', 6, 600, 3, 'aaaaaaaa', n.at + interval '10 min', n.at from n cross join customer c
       returning *
     )
     insert into verification_step (workspace_id, mode, verification_id, index, channel, recipient, identity, provider)
     select workspace_id, mode, id, 0, 'EMAIL', 'x', 'x', 'test' from v`,
  );
  await run(pool, 'analyze');
});
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await drop();
});

const plan = async (): Promise<string> => {
  const { pool, statements } = fakeConnection(() => []);
  await sweepVerifications(pool, 30);
  const client = new pg.Client({ connectionString: url, options: SESSION_OPTIONS });
  await client.connect();
  try {
    await client.query(`prepare sweep as ${statements[0]?.sql}`);
    const { rows } = await client.query<Record<string, string>>('explain execute sweep(30, 2000)');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.end();
  }
};

test('a sweep finds what is old by the primary key, and what a session names by its index', async () => {
  const text = await plan();
  expect(text).toMatch(/Index Scan using verification_pkey on verification v_1[\s\S]*Index Cond: .*id < /);
  expect(text).toContain('session_of_verification_index');
  expect(text).not.toMatch(/Seq Scan on (verification|verification_step|session)\b/);
});

test('two sweeps at once take different rows, none waits for the other, and none takes more than its limit', async () => {
  const { pool } = storage.database;
  const both = await Promise.all([sweepVerifications(pool, 30), sweepVerifications(pool, 30)]);
  expect(Math.max(...both)).toBeLessThanOrEqual(2_000);
  let removed = both[0] + both[1];
  for (let taken = 1; taken > 0; removed += taken) taken = await sweepVerifications(pool, 30);
  expect(removed).toBe(OLD);
  expect(await run(pool, 'select count(*)::int as left from verification')).toEqual([{ left: YOUNG }]);
  expect(await run(pool, 'select count(*)::int as left from verification_step')).toEqual([{ left: YOUNG }]);
});
