/** The benchmark's flags. */
import { parseArgs } from 'node:util';
import { CONTENDERS, contenderNamed } from './contenders.ts';

const HELP = `Usage: npm run bench -- [flags]

  --only NAMES         a comma list of ${CONTENDERS.map((contender) => contender.name).join(', ')}
  --reads N            customer reads in a round (20000)
  --verifications N    send + confirm pairs, and connects, in a round (3000)
  --warm-up N          operations of each workload before the first round (3000)
  --rounds N           measured rounds; the median of each number counts (3)
  --connections N      connections that ask at the same time (16); four times as many connect
  --processes N        processes of each server, on its one database (1)
  --history N          verifications that are long over and still in the tables (0)
  --seconds N          the longest a round may take (60)
  --profile FOLDER     leaves a CPU profile of each server there
  --json               one JSON document on standard output; the tables go to standard error
`;

/** What a run of the benchmark is told. */
export interface Options {
  only: string[];
  reads: number;
  verifications: number;
  warmUp: number;
  rounds: number;
  connections: number;
  processes: number;
  history: number;
  seconds: number;
  profile: string | undefined;
  json: boolean;
}

/** Throws for a flag that is unknown or makes no sense; ends the process after printing --help. */
export function parseOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      only: text,
      reads: text,
      verifications: text,
      'warm-up': text,
      rounds: text,
      connections: text,
      processes: text,
      history: text,
      seconds: text,
      profile: text,
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit();
  }
  const count = (name: Exclude<keyof typeof values, 'only' | 'profile' | 'json' | 'help'>, usual: number) => {
    const value = Number(values[name] ?? usual);
    const least = Math.min(1, usual);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`--${name} must be a whole number from ${least}`);
    return value;
  };
  const processes = count('processes', 1);
  for (const name of ['reads', 'verifications', 'warm-up'] as const)
    if (count(name, processes) < processes) throw new Error(`--${name} is less than one for each process`);
  const only = values.only?.split(',') ?? CONTENDERS.map((contender) => contender.name);
  for (const name of only) contenderNamed(name);
  return {
    only,
    reads: count('reads', 20_000),
    verifications: count('verifications', 3_000),
    warmUp: count('warm-up', 3_000),
    rounds: count('rounds', 3),
    connections: count('connections', 16),
    processes,
    history: count('history', 0),
    seconds: count('seconds', 60),
    profile: values.profile,
    json: values.json ?? false,
  };
}
