/** Processes that start at once on an empty database get along. */

import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createDatabase } from '../support/postgres.js';
import { runGateway, startProcess } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';

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

test('six that migrate all succeed, and one of them did the work', async () => {
  const env = await emptyDatabase();
  expect(await runGateway(['migrate', '--check'], env)).toMatchObject({ code: 1 });
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
