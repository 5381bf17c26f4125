/** Measures every arm at rest and under half load, and prints how well their times can be told apart. */
import { execFile } from 'node:child_process';
import { loadavg } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../tests/support/postgres.ts';
import { gateway } from '../gateway/contender.ts';
import { startServer } from '../server-process.ts';
import { type Arm, confirmArms, sendArms } from './arms.ts';
import { askAll, capacity, createAsk, load, type Timed } from './ask.ts';
import { auc, quantile, standardError } from './auc.ts';
import { enroll } from './people.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    lines: { type: 'string', default: '4' },
    /** One JSON document on standard output, and nothing else there. */
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.requests);
const lines = Number(values.lines);
/** Half of the requests that the server can answer, so that the other half is waiting time. */
const HALF = 0.5;
const GOAL = 0.55;

const contender = {
  ...gateway,
  environment: (scratch: string) => ({
    ...gateway.environment(scratch),
    GATEWAY_LIMIT_SCALE: '1',
    TRUSTED_PROXIES: '127.0.0.1',
  }),
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** How well the two kinds of a pair can be told apart, and how far chance alone takes that. */
interface PairArea {
  readonly state: string;
  readonly operation: string;
  readonly pair: string;
  readonly area: number;
  /** Both are the same kind. */
  readonly isNull: boolean;
  /** 1.96 standard errors. */
  readonly chance: number;
}
const areas: PairArea[] = [];
const say = (line: string) => (values.json ? console.error(line) : console.log(line));

const postgres = await startPostgres();
try {
  for (const state of ['at rest', 'half load'] as const) await measure(state);
  const worst = Math.max(...areas.filter(({ isNull }) => !isNull).map(({ area }) => area));
  say(`\nWorst pair ${worst.toFixed(3)}; the goal is at most ${GOAL}.`);
  if (values.json) console.log(JSON.stringify(areas));
  process.exitCode = worst <= GOAL ? 0 : 1;
} finally {
  await postgres.stop();
}

async function measure(state: 'at rest' | 'half load'): Promise<void> {
  const url = await freshDatabase(state === 'at rest' ? 'rest' : 'load');
  const server = await startServer(contender, url, undefined);
  try {
    const cli = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli.js', ...args, '--json'], {
        env: server.environment,
      });
      return JSON.parse(stdout) as { id: string; secret: string };
    };
    const { id } = await cli('workspaces', 'create', '--name', 'Refusals');
    const create = ['keys', 'create', '--workspace', id, '--kind', 'publishable', '--mode', 'test'];
    const keys = await Promise.all(
      Array.from({ length: Math.max(lines, 8) }, async () => (await cli(...create)).secret),
    );
    const ask = createAsk(server.baseUrl);
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    const [sends, confirms] = [sendArms(count), confirmArms(count)];
    for (const { people, areVerified = false } of [...sends, ...confirms]) {
      if (people.length > 0) await enroll(database, id.replace('Workspace:', ''), people, areVerified);
    }
    await database.end();
    for (const { before = [] } of sends) {
      await Promise.all(before.map((request, index) => ask(keys[index % keys.length] as string, request)));
    }
    const limit = await capacity(ask, keys);
    say(`\n${state}: ${limit.toFixed(0)} requests/s is what it can do; load average ${loadavg()[0]?.toFixed(1)}`);
    using stack = new DisposableStack();
    if (state === 'half load') {
      for (const key of keys) stack.use(load(ask, key, (limit * HALF) / keys.length));
    }
    const measured = sends.filter(({ name }) => !name.startsWith('('));
    await report('sendConnectCode', measured, 'unknown-too');
    await report('confirmConnectCode', confirms, 'decoy-too');

    async function report(operation: string, arms: readonly Arm[], nullArm: string): Promise<void> {
      const timed = await askAll(ask, keys.slice(0, lines), arms, count);
      say(`\n${operation}, ${count} a kind`);
      for (const [name, { times, answers }] of timed) {
        const [p5, p50, p95] = [0.05, 0.5, 0.95].map((share) => quantile(times, share).toFixed(2));
        say(`  ${name.padEnd(12)} p5 ${p5} p50 ${p50} p95 ${p95} ms  ${describe(answers)}`);
      }
      pairs({ state, operation }, timed, nullArm);
    }
  } finally {
    await server.stop();
  }
}

function describe(answers: Timed['answers']): string {
  return [...answers]
    .slice(0, 3)
    .map(([answer, often]) => `${often} × ${answer.trim().slice(0, 70)}`)
    .join(', ');
}

function pairs(of: Pick<PairArea, 'state' | 'operation'>, timed: Map<string, Timed>, nullArm: string): void {
  const names = [...timed.keys()];
  const chance = 1.96 * standardError(count, count);
  for (const [place, left] of names.entries()) {
    for (const right of names.slice(place + 1)) {
      const area = auc(timed.get(left)?.times ?? [], timed.get(right)?.times ?? []);
      const isNull = right === nullArm && left === nullArm.replace('-too', '');
      areas.push({ ...of, pair: `${left} / ${right}`, area, isNull, chance });
      say(`  ${left} / ${right}: ${area.toFixed(3)}${isNull ? ` (null; ± ${chance.toFixed(3)})` : ''}`);
    }
  }
}

async function freshDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`create database refusals_${name}`);
  await client.end();
  const url = new URL(postgres.url);
  url.pathname = `/refusals_${name}`;
  return url.href;
}
