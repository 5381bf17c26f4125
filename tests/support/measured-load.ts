/** Many calls at once: how long each took, and who used the machine's cores meanwhile. */
import { availableParallelism } from 'node:os';
import { machineCpu, postgresCpu, processCpu } from '../../benchmarks/cpu.js';
import type { Fleet } from './fleet.js';
import type { Running } from './processes.js';

/** Who works for a call: the gateway's processes, PostgreSQL, and this process, which calls. */
export interface Workers {
  readonly gateways: readonly Pick<Running, 'pid'>[];
  /** A process of the PostgreSQL, by which the whole of it is found. */
  readonly backendPid: number;
}

export interface MeasuredLoad {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  /** Microseconds of CPU for a call; NaN where they cannot be read. */
  readonly gatewayUs: number;
  readonly databaseUs: number;
  readonly clientUs: number;
  /** The share of the machine that each had, from 0 to 1; `others` is what none of them had and was not idle. */
  readonly shares: Readonly<Record<'gateway' | 'database' | 'client' | 'others', number>>;
}

/** Finds the PostgreSQL of a fleet. */
export async function workersOf(fleet: Fleet, gateways: Workers['gateways']): Promise<Workers> {
  // Connections of a pool come and go.
  const [row] = await fleet.sql<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  );
  return { gateways, backendPid: row?.pid ?? 0 };
}

/** Calls `count` times, on so many lines at once, each of which calls again when it is answered. */
export async function measureLoad(
  workers: Workers,
  lines: number,
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<MeasuredLoad> {
  const before = cpuOf(workers);
  const begun = performance.now();
  const times: number[] = [];
  let next = 0;
  const line = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const from = performance.now();
      await call(index);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  const seconds = (performance.now() - begun) / 1_000;
  const after = cpuOf(workers);
  const spent = (who: keyof typeof after) => after[who] - before[who];
  const share = (microseconds: number) => microseconds / (seconds * 1e6 * availableParallelism());
  const [gateway, database, client] = [spent('gateway'), spent('database'), spent('client')];
  return {
    perSecond: count / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    slowestMs: quantile(times, 1),
    gatewayUs: gateway / count,
    databaseUs: database / count,
    clientUs: client / count,
    shares: {
      gateway: share(gateway),
      database: share(database),
      client: share(client),
      others: Math.max(0, share(spent('machine') - gateway - database - client)),
    },
  };
}

function cpuOf({ gateways, backendPid }: Workers) {
  const own = process.cpuUsage();
  return {
    gateway: gateways.reduce((sum, { pid }) => sum + (processCpu(pid) ?? Number.NaN), 0),
    database: postgresCpu(backendPid) ?? Number.NaN,
    client: own.user + own.system,
    machine: machineCpu(),
  };
}

export const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((left, right) => left - right)[Math.max(0, Math.ceil(share * times.length) - 1)] ?? Number.NaN;

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

/** In one cell of a table: speed, then CPU for a call, then who had the cores. */
export function inWords({ perSecond, p50Ms, p99Ms, gatewayUs, databaseUs, shares }: MeasuredLoad): string {
  const speed = `${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  const cpu = `CPU ${gatewayUs.toFixed(0)} µs and ${databaseUs.toFixed(0)} µs`;
  const had = [shares.gateway, shares.database, shares.client, shares.others].map(percent).join(', ');
  return `${speed}; ${cpu}; cores: ${had}`;
}
