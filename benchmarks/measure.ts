/** Measures one contender: its own database and server, warmed up, then rounds of each of its workloads. */
import pg from 'pg';
import { createDatabase } from '../tests/support/postgres.ts';
import { type Contender, isRead, WORKLOADS, type Workload } from './contender.ts';
import { startLoad } from './load-process.ts';
import type { Options } from './options.ts';
import { type Round, runRound } from './round.ts';
import { startServer } from './server-process.ts';

/** Medians over the rounds of one workload. */
export interface Measurement extends Record<(typeof MEDIANS)[number], number> {
  contender: string;
  workload: Workload;
  operations: number;
  failed: number;
  failures: string[];
}

const MEDIANS = ['operationsPerSecond', 'p50Ms', 'p99Ms', 'serverCpuUs', 'databaseCpuUs', 'otherCpuShare'] as const;

const READERS = 1_000;

/**
 * Throws where the server does not start, answers its warm-up wrongly or never comes to rest.
 *
 * @param say receives a line for each thing that begins
 */
export async function measure(
  contender: Contender,
  postgresUrl: string,
  options: Options,
  say: (line: string) => void,
): Promise<Measurement[]> {
  await using cleanUp = new AsyncDisposableStack();
  const own = await createDatabase(postgresUrl, `bench ${contender.name}`);
  cleanUp.defer(own.drop);
  say(`${contender.name}: starts`);
  const server = await startServer(contender, own.url, options.profile);
  cleanUp.defer(server.stop);
  const newcomers = options.warmUp + options.rounds * options.verifications;
  say(`${contender.name}: is filled with ${READERS + newcomers} customers`);
  const fixture = await contender.seed(server, { readers: READERS, newcomers });
  const database = cleanUp.adopt(new pg.Client({ connectionString: own.url }), (client) => client.end());
  await database.connect();
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const load = cleanUp.adopt(startLoad(), ({ stop }) => stop());
  const bench = { contender, options, server, database, backendPid: rows[0]?.pid ?? 0, load, fixture };

  const measurements: Measurement[] = [];
  for (const workload of WORKLOADS.filter((name) => contender.workloads[name])) {
    say(`${contender.name}: ${workload}, warming up`);
    const warmUp = await runRound(bench, workload, 0, options.warmUp);
    if (warmUp.failed > 0) throw new Error(`${contender.name} answers wrongly:\n${warmUp.failures.join('\n')}`);
    const rounds: Round[] = [];
    const size = isRead(workload) ? options.reads : options.verifications;
    for (let index = 0; index < options.rounds; index += 1) {
      // What autovacuum does in a day's work; without it, plans made for empty tables scan the full ones.
      await database.query('VACUUM ANALYZE');
      await database.query('CHECKPOINT');
      rounds.push(await runRound(bench, workload, options.warmUp + index * size, size));
      say(`${contender.name}: ${workload}, ${Math.round(rounds.at(-1)?.operationsPerSecond ?? 0)} a second`);
    }
    measurements.push(summarize(contender, workload, rounds));
  }
  return measurements;
}

function summarize(contender: Contender, workload: Workload, rounds: Round[]): Measurement {
  const medians = MEDIANS.map((name) => {
    const values = rounds.map((round) => round[name]).sort((a, b) => a - b);
    return [name, values[Math.floor(values.length / 2)] ?? Number.NaN] as const;
  });
  return {
    contender: contender.name,
    workload,
    ...(Object.fromEntries(medians) as Record<(typeof MEDIANS)[number], number>),
    operations: rounds.reduce((sum, round) => sum + round.operations, 0),
    failed: rounds.reduce((sum, round) => sum + round.failed, 0),
    failures: rounds.flatMap((round) => round.failures).slice(0, 3),
  };
}
