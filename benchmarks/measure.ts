/** Measures contenders: warmed up, then rounds of each workload in turns. */
import { type Contender, isRead, type Workload } from './contender.ts';
import type { Options } from './options.ts';
import type { Bench } from './prepare.ts';
import { type Round, runRound } from './round.ts';

/** Medians over the rounds of one workload. */
export interface Measurement extends Record<(typeof MEDIANS)[number], number> {
  contender: string;
  workload: Workload;
  operations: number;
  failed: number;
  failures: string[];
}

const MEDIANS = [
  'operationsPerSecond',
  'p50Ms',
  'p99Ms',
  'serverCpuUs',
  'databaseCpuUs',
  'loadCpuUs',
  'otherCpuShare',
] as const;

/**
 * Measures one workload: each round is run by all in turn, because a machine is not as fast in one minute as in the
 * next. Who answers the warm-up wrongly or never comes to rest is left out.
 *
 * @param fault is told why
 */
export async function measure(
  benches: readonly Bench[],
  workload: Workload,
  { warmUp, rounds, reads, verifications }: Options,
  say: (line: string) => void,
  fault: (contender: Contender, error: unknown) => void,
): Promise<Measurement[]> {
  const size = isRead(workload) ? reads : verifications;
  const measured = new Map(
    benches.filter(({ contender }) => contender.workloads[workload]).map((bench) => [bench, [] as Round[]]),
  );
  for (let index = -1; index < rounds; index += 1) {
    for (const [bench, own] of [...measured]) {
      const { name } = bench.contender;
      try {
        if (index < 0) await warm(bench, workload, warmUp);
        else own.push(await runRound(bench, workload, warmUp + index * size, size));
        // What autovacuum does in a day's work, and would else do in the next one's round; without it, plans made for
        // empty tables scan the full ones.
        await bench.database.query('VACUUM ANALYZE');
        await bench.database.query('CHECKPOINT');
      } catch (error) {
        measured.delete(bench);
        fault(bench.contender, error);
        continue;
      }
      say(
        `${name}: ${workload}, ${index < 0 ? 'warm' : `${Math.round(own.at(-1)?.operationsPerSecond ?? 0)} a second`}`,
      );
    }
  }
  return [...measured].map(([{ contender }, own]) => summarize(contender, workload, own));
}

async function warm(bench: Bench, workload: Workload, operations: number): Promise<void> {
  const { failed, failures } = await runRound(bench, workload, 0, operations);
  if (failed > 0) throw new Error(`it answers wrongly:\n${failures.join('\n')}`);
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
