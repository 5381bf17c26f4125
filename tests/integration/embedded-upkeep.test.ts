/** The embedded database has none of PostgreSQL's background processes: what keeps its directory from growing. */
import { cpSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Foundation } from '../../src/app/foundation.js';
import { startUpkeep } from '../../src/app/sweeps.js';
import { methodKeysOf } from '../../src/customers/saved-methods/instruments.js';
import { databaseIn } from '../../src/entities/data-directory.js';
import { run } from '../../src/entities/database.js';
import { checkpointEmbedded, vacuumEmbedded } from '../../src/entities/embedded-upkeep.js';
import { openStorage } from '../../src/entities/storage.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { newDataDirectory } from '../support/embedded-template.js';

const MB = 1024 * 1024;
const open = (path: string) => openStorage({ databaseUrl: undefined, dataDirectory: path, migrate: false });
const directory = newDataDirectory();
const storage = await open(directory.path);
const { database } = storage;
const { pool } = database;
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const read = async <Value>(query: string): Promise<Value | undefined> =>
  (await run<{ value: Value }>(pool, `select (${query}) as value`))[0]?.value;

function logBytes(): number {
  const folder = join(databaseIn(directory.path), 'pg_wal');
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)));
  return files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

const writeLog = (bytes: number) =>
  run(pool, `select pg_logical_emit_message(false, 'test', repeat('x', $1))`, [bytes]);
const checkpoints = () => read<string>('select redo_lsn::text from pg_control_checkpoint()');

const insert = (rows: number, from = 0) =>
  run(
    pool,
    `insert into rate_limit_window (workspace_id, key, hits, expires_at)
     select gen_random_uuid(), decode(md5(g::text), 'hex'), 1, now() from generate_series($1::int + 1, $1::int + $2::int) g`,
    [from, rows],
  );
async function remove(): Promise<void> {
  await run(pool, 'delete from rate_limit_window');
  // PostgreSQL counts a second late else.
  await run(pool, 'select pg_stat_force_next_flush()');
}
const tableBytes = () => read<number>(`select pg_total_relation_size('rate_limit_window')::int`);

/** What a worker does as the minutes pass, until `isDone`. */
async function passMinutes(location: string, isDone: () => Promise<boolean>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const warn = vi.fn();
  const stop = startUpkeep({
    config: { retentionDays: 30 },
    storage: { database, location },
    methodKeys: methodKeysOf(['a secret of this test, longer than it need be']),
    webhookKeys: deriveKeyRing(['a secret of this test, longer than it need be'], 'webhook'),
    ledger: { sweep: async () => 0 },
    logger: { warn },
  } as unknown as Foundation);
  try {
    vi.advanceTimersByTime(60_000);
    await vi.waitFor(async () => expect(await isDone()).toBe(true), { timeout: 5_000, interval: 20 });
  } finally {
    vi.useRealTimers();
    await stop();
  }
  expect(warn).not.toHaveBeenCalled();
}

test('the write-ahead log is used again: its files do not grow with what is written', async () => {
  for (let written = 0; written < 200; written += 20) {
    await writeLog(20 * MB);
    expect(await checkpointEmbedded(pool)).toBe(1);
    // What the settings keep for use, and what was written since the checkpoint before.
    expect(logBytes()).toBeLessThanOrEqual(128 * MB);
  }
});

test('a checkpoint is made for what was written, and none for nothing', async () => {
  await run(pool, 'checkpoint');
  const before = await checkpoints();
  expect(await checkpointEmbedded(pool)).toBe(0);
  await writeLog(1 * MB);
  expect(await checkpointEmbedded(pool)).toBe(0);
  expect(await checkpoints()).toBe(before);
  await writeLog(16 * MB);
  expect([await checkpointEmbedded(pool), await checkpointEmbedded(pool)]).toEqual([1, 0]);
});

test('the space of rows that were deleted is used again', async () => {
  const sizes = [];
  for (let round = 0; round < 6; round += 1) {
    await insert(15_000, round * 15_000);
    await remove();
    expect(await vacuumEmbedded(pool)).toBe(1);
    sizes.push(await tableBytes());
  }
  // An index keeps its pages for rows to come, and has those that one vacuum frees from the next on.
  expect(sizes.at(-1)).toBeLessThan(1.1 * (sizes[2] as number));
  expect(await read(`select pg_relation_size('rate_limit_window')::int`)).toBe(0);
});

test('every table has its turn, those of the queue too, however few of its rows died', async () => {
  const tables = `from pg_class where relkind = 'r' and relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace)`;
  const all = (await read<number>(`select count(*)::int ${tables}`)) as number;
  const started = await read<string>('select clock_timestamp()::text');
  for (let turn = 0; turn < all; turn += 1) expect(await vacuumEmbedded(pool)).toBe(0);
  const left = await run(
    pool,
    `select relname ${tables} and coalesce(pg_stat_get_last_vacuum_time(oid) < $1::text::timestamptz, true)`,
    [started as string],
  );
  expect(left).toEqual([]);
});

test('requests have their turn before each table and each checkpoint', async () => {
  for (const upkeep of [vacuumEmbedded, checkpointEmbedded]) {
    await writeLog(16 * MB);
    const request = vi.fn();
    setImmediate(request);
    expect(await upkeep(pool)).toBe(upkeep === checkpointEmbedded ? 1 : 0);
    expect(request).toHaveBeenCalled();
  }
});

test('upkeep waits for an open transaction, which loses nothing, and neither waits for ever', async () => {
  await writeLog(16 * MB);
  const ended: string[] = [];
  let upkeep: Promise<unknown> | undefined;
  await database.transaction(async (transaction) => {
    await run(
      transaction,
      `insert into rate_limit_window (workspace_id, key, hits, expires_at) values (gen_random_uuid(), '\\x01', 1, now())`,
    );
    upkeep = Promise.all([vacuumEmbedded(pool), checkpointEmbedded(pool)]).then(() => ended.push('upkeep'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await run(
      transaction,
      `insert into rate_limit_window (workspace_id, key, hits, expires_at) values (gen_random_uuid(), '\\x02', 1, now())`,
    );
    ended.push('transaction');
  });
  await upkeep;
  expect(ended).toEqual(['transaction', 'upkeep']);
  expect(await read('select count(*)::int from rate_limit_window')).toBe(2);
  await remove();
});

test('what was committed is there after a kill, right after a checkpoint and a vacuum or with neither since', async () => {
  await insert(1_000);
  await writeLog(16 * MB);
  expect(await checkpointEmbedded(pool)).toBe(1);
  await vacuumEmbedded(pool);
  for (const rows of [1_000, 1_500]) {
    if (rows > 1_000) await insert(rows - 1_000, 1_000);
    using killed = newDataDirectory({ template: false });
    // No statement is under way, so these are the files that a SIGKILL would leave; what is in memory is not among them.
    cpSync(databaseIn(directory.path), databaseIn(killed.path), { recursive: true });
    await using reopened = await open(killed.path);
    const found = await run(reopened.database.pool, 'select count(*)::int as rows from rate_limit_window');
    expect(found).toEqual([{ rows }]);
  }
  await remove();
});

test('a worker does both by the clock, and leaves a PostgreSQL server to its own processes', async () => {
  onTestFinished(() => void vi.useRealTimers());
  await writeLog(16 * MB);
  const before = await checkpoints();
  const vacuums = () => read<number>('select sum(vacuum_count)::int from pg_stat_user_tables');
  const vacuumed = (await vacuums()) as number;
  const asked = vi.fn(async () => asked.mock.calls.length > 20);
  await passMinutes('postgresql://database.example/gateway', asked);
  expect([await checkpoints(), await vacuums()]).toEqual([before, vacuumed]);
  await passMinutes(storage.location, async () => (await checkpoints()) !== before);
  expect(await vacuums()).toBeGreaterThan(vacuumed);
});
