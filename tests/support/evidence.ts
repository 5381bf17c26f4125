/** What the gateway keeps under faults, load and attack, measured: a short form in every test run, the whole on demand. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { onTestFinished, test } from 'vitest';

export interface Figure {
  /** What was counted or measured. */
  readonly name: string;
  readonly value: string;
  /** What it has to be, where it has to be anything. */
  readonly goal?: string;
}

/** One part of the evidence, as `docs/evidence/<part>.json` keeps it. */
export interface Evidence {
  readonly part: string;
  readonly title: string;
  /** How often, how many: what the figures are about. */
  readonly size: string;
  readonly figures: readonly Figure[];
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

export interface Measuring {
  /** Whether this is the short form: too little for a figure to mean anything. */
  readonly isShort: boolean;
  /** The number for `npm run evidence`, or the one for `npm test`. */
  size(whole: number, short: number): number;
  /** One line on standard error, over the one before: what is under way. */
  progress(text: string): void;
  /** Says what the figures are about. */
  about(size: string): void;
  figure(name: string, value: string | number, goal?: string): void;
  /** Ends the part where this machine cannot show it. */
  skip(why: string): void;
}

/** Set by `npm run evidence`: where the figures go. */
const folder = process.env['EVIDENCE_FOLDER'];
const HOUR = 3_600_000;
const run = promisify(execFile);

/** Runs a program of Node's and returns what it printed; it ends with the test. */
export async function runNode(
  args: readonly string[],
  isAnswer: (printed: string) => boolean = () => false,
): Promise<string> {
  const running = run(process.execPath, args, { maxBuffer: 2 ** 26, killSignal: 'SIGTERM' });
  onTestFinished(() => void running.child.kill());
  // A program that found a figure above its goal ends with 1 and has printed it all the same.
  const { stdout } = await running.catch((error: { stdout?: string }) => {
    if (!isAnswer(error.stdout ?? '')) throw error;
    return { stdout: error.stdout ?? '' };
  });
  return stdout;
}

/** Measures one part. Its own expectations decide whether a figure is good enough. */
export function evidence(part: string, title: string, measure: (measuring: Measuring) => Promise<void>): void {
  test(
    title,
    async (context) => {
      const figures: Figure[] = [];
      let size = '';
      const begun = performance.now();
      const measuring: Measuring = {
        isShort: !folder,
        size: (whole, short) => (folder ? whole : short),
        progress: (text) => {
          const seconds = ((performance.now() - begun) / 1000).toFixed(0);
          if (folder) process.stderr.write(`\r\u001b[K${part}, ${seconds} s: ${text}`);
        },
        about: (text) => {
          size = text;
        },
        figure: (name, value, goal) => {
          figures.push({ name, value: String(value), ...(goal !== undefined && { goal }) });
        },
        skip: (why) => context.skip(why),
      };
      await measure(measuring).catch((error: unknown) => {
        // What missed its goal is not written, but must be known.
        if (folder) process.stderr.write(`\n${figures.map(({ name, value }) => `${name}: ${value}`).join('\n')}\n`);
        throw error;
      });
      if (!folder) return;
      const shown: Evidence = { part, title, size, figures, ...where() };
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/${part}.json`, `${JSON.stringify(shown, null, 2)}\n`);
    },
    folder ? 3 * HOUR : undefined,
  );
}

function where(): Pick<Evidence, 'date' | 'commit' | 'machine'> {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', 'src', 'package-lock.json') !== '';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' and changes' : ''}`,
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${memory}, ${platform()} ${release()} ${arch()}, Node ${process.version}`,
  };
}
