/** `npm run bench` as evidence: the servers beside each other, in one run. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { expect } from 'vitest';
import { type Measuring, runNode } from './evidence.js';

export interface Measurement {
  readonly contender: string;
  readonly workload: string;
  readonly failed: number;
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU is in microseconds an operation. */
  readonly serverCpuUs: number;
  readonly databaseCpuUs: number;
  readonly loadCpuUs: number;
  readonly otherCpuShare: number;
}

// Those besides floor and gateway need what `npm run bench` installs.
const SHORT = ['floor', 'gateway'];
const WHOLE = ['floor', 'stock', 'better-auth', 'gateway'];

let isInstalled = false;
function installOthers(): void {
  if (isInstalled) return;
  execFileSync('npm', ['ci', '--prefix', 'benchmarks', '--no-audit', '--no-fund'], { stdio: 'ignore' });
  isInstalled = true;
}

/** Runs all workloads at all servers. None may have answered wrongly, and each workload has its servers. */
export async function compareServers(
  { isShort }: Measuring,
  sizes: Readonly<Record<string, number>>,
): Promise<Measurement[]> {
  if (!isShort) installOthers();
  const servers = isShort ? SHORT : WHOLE;
  const flags = Object.entries(sizes).flatMap(([name, size]) => [`--${name}`, String(size)]);
  const stdout = await runNode(['benchmarks/run.ts', '--json', '--only', servers.join(), ...flags]);
  const { measurements } = JSON.parse(stdout) as { measurements: Measurement[] };
  expect(measurements.filter(({ failed }) => failed > 0)).toEqual([]);
  for (const workload of ['send+confirm', 'connect']) {
    const those = measurements.filter(({ workload: of }) => of === workload);
    expect(those.map(({ contender }) => contender)).toEqual(servers);
  }
  return measurements;
}

/** In one cell: speed, then CPU beside the floor's, then who had the cores, which says what is short. */
export function inCell(
  { workload, operationsPerSecond, p50Ms, p99Ms, serverCpuUs, databaseCpuUs, loadCpuUs }: Measurement,
  all: readonly Measurement[],
): string {
  const floor = all.find(({ contender, workload: of }) => contender === 'floor' && of === workload);
  const ratio = (serverCpuUs / (floor?.serverCpuUs ?? Number.NaN)).toFixed(2);
  const share = (cpuUs: number) => `${((cpuUs * operationsPerSecond) / 1e4 / availableParallelism()).toFixed(0)} %`;
  return [
    `${operationsPerSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    `CPU ${serverCpuUs.toFixed(0)} µs (${ratio} × floor) and ${databaseCpuUs.toFixed(0)} µs`,
    `cores: ${[serverCpuUs, databaseCpuUs, loadCpuUs].map(share).join(', ')}`,
  ].join('; ');
}

/** The share of the machine that others had, where they had most of it: above 10 % numbers are not worth keeping. */
export const noiseOf = (measurements: readonly Measurement[]): string =>
  `${(Math.max(...measurements.map(({ otherCpuShare }) => otherCpuShare)) * 100).toFixed(0)} %`;

const ROUNDS = { rounds: 3, reads: 5_000, verifications: 500, 'warm-up': 1_000 };
const SHORT_ROUNDS = { rounds: 1, reads: 60, verifications: 8, 'warm-up': 12 };
export const COMPARED = `with ${ROUNDS.rounds} rounds of ${ROUNDS.reads} reads and ${ROUNDS.verifications} verifications`;

/** Compares all servers in one more way, and tells the figures under its name. */
export async function compareNamed(
  measuring: Measuring,
  name: string,
  more: Readonly<Record<string, number>>,
): Promise<void> {
  const { isShort, progress, figure } = measuring;
  progress(name);
  const measurements = await compareServers(measuring, { ...(isShort ? SHORT_ROUNDS : ROUNDS), ...more });
  for (const each of measurements) figure(`${name}, ${each.workload}: ${each.contender}`, inCell(each, measurements));
  figure(`${name}: share of the machine in other hands at worst`, noiseOf(measurements));
}
