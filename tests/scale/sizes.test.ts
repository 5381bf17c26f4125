/** `npm run bench:lists`: how large a million verifications are, and what a sweep of them costs. */
import { afterAll, expect, test } from 'vitest';
import { run } from '../../src/entities/database.js';
import { openStorage } from '../../src/entities/storage.js';
import { sweepVerifications, VERIFICATION_SWEEP_LIMIT } from '../../src/verification/retention.js';
import { fillVerifications } from '../support/many-verifications.js';
import { MILLION } from '../support/past-verifications.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const { url, drop } = await createDatabase(sharedPostgres(), 'sizes');
const storage = await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true });
afterAll(async () => {
  await storage[Symbol.asyncDispose]();
  await drop();
});

const SIZES = `
  select c.relname as name, (pg_relation_size(c.oid) / ${MILLION})::int as bytes from pg_class c
  where c.relname like 'verification%' and c.relkind in ('r', 'i') and pg_relation_size(c.oid) > ${MILLION} order by 1`;

test('bytes of each table and index for one verification, and the time of ten sweeps', async () => {
  const { pool } = storage.database;
  await fillVerifications(pool, MILLION);
  console.table(await run(pool, SIZES));
  const startedAt = performance.now();
  for (let sweep = 0; sweep < 10; sweep += 1) expect(await sweepVerifications(pool, 10)).toBe(VERIFICATION_SWEEP_LIMIT);
  console.log(`${Math.round((performance.now() - startedAt) / 10)} ms for each sweep of ${VERIFICATION_SWEEP_LIMIT}`);
}, 600_000);
