/** The statements of one send and confirm, by pg_stat_statements: how often each runs, and what it costs. */
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../tests/support/postgres.ts';
import { gateway } from '../gateway/contender.ts';
import { startLoad } from '../load-process.ts';
import { startServer } from '../server-process.ts';
import { breakdown, type StatementRow } from './table.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '2000' },
    connections: { type: 'string', default: '16' },
  },
});
const operations = Number(values.operations);
const WARM_UP = 500;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
process.env['GATEWAY_SECRET'] = randomBytes(32).toString('base64');

await using resources = new AsyncDisposableStack();
const postgres = await startPostgres();
resources.defer(postgres.stop);
if (!postgres.crash || !postgres.restart) throw new Error('TEST_DATABASE_URL cannot be restarted: unset it.');
const ask = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};
await ask(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
await ask('alter system set pg_stat_statements.track_utility = on');
// Counters of the disk's work cost a look at the clock each, which is little beside it.
await ask('alter system set track_wal_io_timing = on');
await ask('checkpoint');
await postgres.crash();
await postgres.restart();
await ask('create extension pg_stat_statements');

const server = await startServer(gateway, postgres.url, undefined);
resources.defer(server.stop);
const fixture = await gateway.seed(server, { readers: 1, newcomers: WARM_UP + operations });
const load = resources.adopt(startLoad(), ({ stop }) => stop());
const run = async (from: number, count: number) => {
  const report = await load.run({
    contender: gateway.name,
    workload: 'send+confirm',
    baseUrl: server.baseUrl,
    credential: fixture.credential,
    customers: fixture.newcomers.slice(from, from + count),
    operations: count,
    connections: Number(values.connections),
    maxSeconds: 300,
  });
  if (report.failed > 0) throw new Error(`${report.failed} were wrong: ${report.failures.join('; ')}`);
  // Deliveries that were put off are a part of what a send costs.
  for (let left = 1; left > 0; )
    [{ count: left } = { count: 0 }] = await ask<{ count: number }>(gateway.undelivered ?? '');
  return report;
};
await run(0, WARM_UP);
await ask('vacuum analyze');
await ask('checkpoint');
await ask('select pg_stat_statements_reset()');
const { seconds } = await run(WARM_UP, operations);
const rows = await ask<StatementRow>(`
  select query, calls::int as calls, total_exec_time + total_plan_time as ms, rows::int as rows,
    wal_bytes::float8 as "walBytes"
  from pg_stat_statements where query !~ 'pg_stat_statements|from pgboss.job$' order by ms desc`);
console.log(breakdown(rows, operations));
console.log(
  `${operations} sends with their confirmations, ${values.connections} at once, ${(operations / seconds).toFixed(0)} a second, load average ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}`,
);
