/** One round of one workload, with the CPU time it took. */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Workload } from './contender.ts';
import { machineCpu, postgresCpu, processCpu } from './cpu.ts';
import type { LoadReport } from './load.ts';
import type { Bench } from './prepare.ts';
import type { RunningServer } from './server-process.ts';
import { runShares } from './shared-load.ts';

/** A round, and what it cost an operation. */
export interface Round extends Omit<LoadReport, 'cpuUs'> {
  operationsPerSecond: number;
  /** CPU is in microseconds an operation, NaN where it cannot be read. */
  serverCpuUs: number;
  databaseCpuUs: number;
  loadCpuUs: number;
  /** The share of the machine that neither server, database nor load generator had a part in: noise, from 0 to 1. */
  otherCpuShare: number;
}

/** @param first the first customer of a workload that takes every customer once */
export async function runRound(bench: Bench, workload: Workload, first: number, operations: number): Promise<Round> {
  const before = readCpu(bench);
  const report = await runShares(bench, workload, first, operations);
  const answered = readCpu(bench);
  await settled(bench);
  const after = readCpu(bench);
  const spent = (whose: 'server' | 'database', until: typeof after) => {
    const [from, to] = [before[whose], until[whose]];
    return from === undefined || to === undefined ? Number.NaN : to - from;
  };
  const { cpuUs, ...answers } = report;
  const known = spent('server', answered) + spent('database', answered) + cpuUs;
  const available = report.seconds * 1e6 * availableParallelism();
  return {
    ...answers,
    operationsPerSecond: report.operations / report.seconds,
    serverCpuUs: spent('server', after) / report.operations,
    databaseCpuUs: spent('database', after) / report.operations,
    loadCpuUs: cpuUs / report.operations,
    otherCpuShare: Math.max(0, answered.machine - before.machine - known) / available,
  };
}

const readCpu = ({ servers, backendPid }: Bench) => ({
  machine: machineCpu(),
  server: cpuOf(servers),
  database: postgresCpu(backendPid),
});

/** Undefined where it cannot be read. */
function cpuOf(servers: readonly RunningServer[]): number | undefined {
  const spent = servers.map(({ pid }) => processCpu(pid) ?? Number.NaN).reduce((sum, each) => sum + each, 0);
  return Number.isNaN(spent) ? undefined : spent;
}

/** What a server put off is part of its cost: waits until all is delivered and the server has gone quiet. */
async function settled({ contender, servers, database }: Bench): Promise<void> {
  let busy = 0;
  let undelivered = 0;
  for (let waited = 0; waited < 30_000; waited += 250) {
    const before = cpuOf(servers) ?? 0;
    await sleep(250);
    busy = ((cpuOf(servers) ?? 0) - before) / 250_000;
    undelivered = contender.undelivered ? await count(database, contender.undelivered) : 0;
    if (busy < 0.1 * servers.length && undelivered === 0) return;
  }
  const rest = `${undelivered} sends undelivered and is ${Math.round(busy * 100)} % busy`;
  throw new Error(`${contender.name} has ${rest}, 30 s after the last answer`);
}

async function count(database: Client, query: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(query);
  return rows[0]?.count ?? 0;
}
