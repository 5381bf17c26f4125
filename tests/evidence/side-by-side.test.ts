/** What the gateway costs beside a hand-written floor, stock Apollo and better-auth. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { evidence, runNode } from '../support/evidence.js';

interface Measurement {
  readonly contender: string;
  readonly workload: string;
  readonly operations: number;
  readonly failed: number;
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
  readonly databaseCpuUs: number;
  readonly otherCpuShare: number;
}

// Those besides floor and gateway need what `npm run bench` installs.
const SHORT = [
  '--only',
  'floor,gateway',
  '--rounds',
  '1',
  '--reads',
  '100',
  '--verifications',
  '10',
  '--warm-up',
  '20',
];
const WHOLE = ['--rounds', '5', '--reads', '10000', '--verifications', '1000', '--warm-up', '2000'];

evidence('side-by-side', 'Beside other servers', async ({ progress, about, figure, isShort }) => {
  progress('every server in its turn');
  if (!isShort) execFileSync('npm', ['ci', '--prefix', 'benchmarks', '--no-audit', '--no-fund'], { stdio: 'ignore' });
  const args = ['benchmarks/run.ts', '--json', ...(isShort ? SHORT : WHOLE)];
  const stdout = await runNode(args);
  const { measurements } = JSON.parse(stdout) as { measurements: Measurement[] };
  const floorOf = (workload: string) =>
    measurements.find(({ contender, workload: of }) => contender === 'floor' && of === workload);
  about(
    "`npm run bench`: one PostgreSQL, 16 connections, 64 for connect; five rounds, each run by all servers in turn, and the median of each number. CPU is the server's, then PostgreSQL's, an operation. Gateway and floor answer connect on a beat of 50 ms, so its two requests take 100 ms at least, by design: there, throughput and CPU are what compares.",
  );
  for (const { contender, workload, operationsPerSecond, p50Ms, p99Ms, serverCpuUs, databaseCpuUs } of measurements) {
    const ratio = (serverCpuUs / (floorOf(workload)?.serverCpuUs ?? Number.NaN)).toFixed(2);
    const figures = [`${operationsPerSecond.toFixed(0)}/s`, `p50 ${p50Ms.toFixed(1)} ms`, `p99 ${p99Ms.toFixed(1)} ms`];
    const cpu = `CPU ${serverCpuUs.toFixed(0)} µs (${ratio} × floor) and ${databaseCpuUs.toFixed(0)} µs`;
    figure(`${workload}: ${contender}`, `${figures.join(', ')}, ${cpu}`);
  }
  const noise = Math.max(...measurements.map(({ otherCpuShare }) => otherCpuShare));
  figure('share of the machine in other hands at worst', `${(noise * 100).toFixed(0)} %`);
  expect(measurements.reduce((sum, { failed }) => sum + failed, 0)).toBe(0);
  const servers = isShort ? ['floor', 'gateway'] : ['floor', 'stock', 'better-auth', 'gateway'];
  for (const workload of ['send+confirm', 'connect']) {
    const those = measurements.filter(({ workload: of }) => of === workload);
    expect(those.map(({ contender }) => contender)).toEqual(servers);
  }
});
