/** Runs the contenders in turns on one PostgreSQL and prints what they cost. */
import { cpus, totalmem } from 'node:os';
import pg from 'pg';
import { startPostgres } from '../tests/support/postgres.ts';
import { type Contender, WORKLOADS } from './contender.ts';
import { contenderNamed } from './contenders.ts';
import { type Measurement, measure } from './measure.ts';
import { parseOptions } from './options.ts';
import { type Bench, prepare } from './prepare.ts';
import { report } from './report.ts';

/** The share of the machine in other hands above which numbers are not worth keeping. */
const NOISY = 0.1;

const say = (line: string) => console.error(line);
// Ending by way of exit lets the servers' exit handlers end them too. A terminal or a supervisor may signal twice: the
// second must not cut those handlers short.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

const options = parseOptions(process.argv.slice(2));
const postgres = await startPostgres();
const measurements: Measurement[] = [];
const faults: string[] = [];
try {
  await using cleanUp = new AsyncDisposableStack();
  const benches: Bench[] = [];
  // What the others cost is still worth telling.
  const fault = ({ name }: Contender, error: unknown) => void faults.push(`${name} was not measured: ${error}`);
  for (const contender of options.only.map(contenderNamed)) {
    const reason = contender.unavailable?.();
    if (reason) say(`${contender.name}: left out, ${reason}`);
    else {
      await prepare(contender, postgres.url, options, say, cleanUp).then(
        (bench) => benches.push(bench),
        (error: unknown) => fault(contender, error),
      );
    }
  }
  for (const workload of WORKLOADS) measurements.push(...(await measure(benches, workload, options, say, fault)));
  const machine = await describeMachine(postgres.url);
  const text = `\n${machine}\n\n${report(measurements)}`;
  if (options.json) {
    say(text);
    console.log(JSON.stringify({ date: new Date().toISOString(), machine, options, measurements }, undefined, 2));
  } else {
    console.log(text);
  }
} finally {
  await postgres.stop();
}
for (const { contender, workload, operations, failed, failures, otherCpuShare } of measurements) {
  if (failed > 0) {
    const which = [`${contender} answered ${failed} of ${operations} ${workload} wrongly:`, ...failures];
    faults.push(which.join('\n  '));
  }
  if (otherCpuShare > NOISY) {
    say(`WARNING: others used ${Math.round(otherCpuShare * 100)} % of the machine during ${workload} of ${contender}`);
  }
}
for (const fault of faults) say(`FAULT: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

async function describeMachine(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${memory}, Node ${process.versions.node}, PostgreSQL ${rows[0]?.server_version}`;
}
