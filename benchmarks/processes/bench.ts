/** The same load on one, two and four processes that share a PostgreSQL: what each part of the machine spends on it. */
import { randomBytes } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../tests/support/postgres.ts';
import { type Fixture, isRead, type Workload } from '../contender.ts';
import { machineCpu, postgresCpu, processCpu } from '../cpu.ts';
import { gateway } from '../gateway/contender.ts';
import { startLoad } from '../load-process.ts';
import { type RunningServer, startServer } from '../server-process.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '4000' },
    reads: { type: 'string', default: '12000' },
    connections: { type: 'string', default: '32' },
    processes: { type: 'string', default: '1,2,4' },
    json: { type: 'boolean', default: false },
  },
});
const operations = Number(values.operations);
const reads = Number(values.reads);
const connections = Number(values.connections);
const counts = values.processes.split(',').map(Number);
const WORKLOADS: readonly Workload[] = ['persisted read', 'send+confirm'];
/** Of each process, for each workload: enough for its code to be compiled. */
const WARM_UP = 1_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));
// One secret for all: each process would make its own in its own directory.
process.env['GATEWAY_SECRET'] = randomBytes(32).toString('base64');

const postgres = await startPostgres();
const database = new pg.Client({ connectionString: postgres.url });
await database.connect();
const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
const backendPid = rows[0]?.pid as number;
const databaseUsed = () => postgresCpu(backendPid) ?? Number.NaN;

/** Every process is asked by a generator of its own, with its share of connections and operations. */
async function ask(
  servers: readonly RunningServer[],
  fixture: Fixture,
  workload: Workload,
  first: number,
  each: number,
) {
  const loads = servers.map(() => startLoad());
  const machineBefore = machineCpu();
  const databaseBefore = databaseUsed();
  const serversBefore = servers.map(({ pid }) => processCpu(pid) ?? Number.NaN);
  const reports = await Promise.all(
    servers.map((server, index) => {
      const from = first + index * each;
      const customers = isRead(workload) ? fixture.readers : fixture.newcomers.slice(from, from + each);
      return loads[index]?.run({
        contender: gateway.name,
        workload,
        baseUrl: server.baseUrl,
        credential: fixture.credential,
        customers,
        operations: each,
        connections: Math.max(1, Math.floor(connections / servers.length)),
        maxSeconds: 120,
      });
    }),
  );
  const databaseCpu = databaseUsed() - databaseBefore;
  const machine = machineCpu() - machineBefore;
  const done = reports.filter((report) => report !== undefined);
  for (const load of loads) load.stop();
  const total = done.reduce((sum, report) => sum + report.operations, 0);
  const seconds = Math.max(...done.map((report) => report.seconds));
  const failed = done.reduce((sum, report) => sum + report.failed, 0);
  if (failed > 0) throw new Error(`${failed} of ${total} ${workload} were wrong: ${done[0]?.failures.join('; ')}`);
  const servedCpu = servers.reduce((sum, { pid }, at) => sum + (processCpu(pid) ?? 0) - (serversBefore[at] ?? 0), 0);
  const loadCpu = done.reduce((sum, report) => sum + report.cpuUs, 0);
  const share = (microseconds: number) => microseconds / (seconds * 1e6 * availableParallelism());
  return {
    perSecond: total / seconds,
    p50Ms: Math.max(...done.map((report) => report.p50Ms)),
    p99Ms: Math.max(...done.map((report) => report.p99Ms)),
    gatewayUs: servedCpu / total,
    databaseUs: databaseCpu / total,
    clientUs: loadCpu / total,
    shares: {
      gateway: share(servedCpu),
      database: share(databaseCpu),
      client: share(loadCpu),
      others: Math.max(0, share(machine - servedCpu - databaseCpu - loadCpu)),
    },
  };
}

/** A row for a person. */
function flat({ shares, ...row }: Row) {
  const percent = Object.entries(shares).map(([who, share]) => [`${who} %`, Math.round(share * 100)]);
  const rounded = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value) : value,
  ]);
  return Object.fromEntries([...rounded, ...percent]);
}

type Row = { processes: number; workload: Workload } & Awaited<ReturnType<typeof ask>>;
const table: Row[] = [];
try {
  for (const count of counts) {
    const servers = await Promise.all(
      Array.from({ length: count }, () => startServer(gateway, postgres.url, undefined)),
    );
    const each = Math.ceil(operations / count);
    const warmUp = Math.min(WARM_UP, each);
    const [first] = servers as [RunningServer];
    const fixture = await gateway.seed(first, { readers: 200, newcomers: (each + warmUp) * count });
    for (const workload of WORKLOADS) {
      await ask(servers, fixture, workload, each * count, warmUp);
      await database.query('vacuum analyze');
      await database.query('checkpoint');
      const asked = isRead(workload) ? Math.ceil(reads / count) : each;
      table.push({ processes: count, workload, ...(await ask(servers, fixture, workload, 0, asked)) });
    }
    for (const server of servers) await server.stop();
    await database.query(`drop schema public cascade; create schema public; drop schema pgboss cascade`);
  }
} finally {
  await database.end();
  await postgres.stop();
}
if (values.json) console.log(JSON.stringify(table));
else console.table(table.map(flat));
console.error(`${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString()}`);
