/** The built gateway as processes of their own, as an operator runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.js';

/** This program; a copy of it elsewhere can be started instead. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Environment = Record<string, string>;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends AsyncDisposable {
  /** Reads what it says no more, as `| head` does. */
  hangUp(): void;
  readonly pid: number;
  /** Where it serves HTTP. */
  readonly url: string;
  stdout(): string;
  stderr(): string;
  hasEnded(): boolean;
  /** Sends a signal; resolves once the process is gone. */
  end(signal?: NodeJS.Signals): Promise<Finished>;
  /** Resolves once the process is gone, for whatever reason. */
  readonly finished: Promise<Finished>;
}

const children = new Map<ChildProcess, (signal: NodeJS.Signals) => void>();
process.once('exit', () => {
  for (const kill of children.values()) kill('SIGKILL');
});

type Launched = Omit<Running, 'url'>;

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Whether it starts others, which a signal has to reach too. */
  readonly hasChildren?: boolean;
}

function launch({ command, args, cwd = ROOT, hasChildren = false }: Program, env: Environment): Launched {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const base = { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) };
  const child = spawn(command, args, { cwd, env: { ...base, ...env }, stdio: 'pipe', detached: hasChildren });
  const kill = (signal: NodeJS.Signals) => {
    if (hasChildren) process.kill(-(child.pid as number), signal);
    else child.kill(signal);
  };
  children.set(child, kill);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = once(child, 'close').then((): Finished => {
    children.delete(child);
    return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!hasEnded()) kill(signal);
    return finished;
  };
  return {
    pid: child.pid as number,
    stdout: () => stdout,
    stderr: () => stderr,
    hasEnded,
    finished,
    end,
    hangUp: () => void child.stdout.destroy(),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

const gateway = (args: readonly string[], root = ROOT): Program => ({
  command: process.execPath,
  args: [join(root, 'bin/gateway.js'), ...args],
  cwd: root,
});

/** Starts a command that goes on until it is ended. */
export const startCommand = (args: readonly string[], env: Environment = {}): Omit<Running, 'url'> =>
  launch(gateway(args), env);

/** Runs one command to its end. @param root of the copy whose command it is */
export function runGateway(args: readonly string[], env: Environment = {}, root?: string): Promise<Finished> {
  return launch(gateway(args, root), env).finished;
}

/**
 * Starts `serve` or `work` and waits until it says that it is ready.
 * @param root of the copy that is started
 * @throws {Error} with all it said, where it ends instead
 */
export const startProcess = (args: readonly string[], env: Environment, root?: string): Promise<Running> =>
  ready(gateway(args, root), env);

/**
 * Starts any program that starts the gateway, and waits until the gateway says that it is ready.
 * @throws {Error} with all it said, where it ends instead
 */
export async function ready(program: Program, env: Environment): Promise<Running> {
  // One that serves nothing has no port to build links from.
  const port: Environment = program.args.includes('work') ? {} : { PORT: '0' };
  const launched = launch(program, { ...port, LOG_LEVEL: 'warn', ...env });
  const readiness = /GraphQL at (http:\S+)\/graphql|"address":"(http:[^"]+)"|Working the queue/;
  const said = await waitFor(
    `${program.command} ${program.args.join(' ')} is ready`,
    () => {
      const match = readiness.exec(launched.stdout());
      if (match) return match;
      if (launched.hasEnded()) throw new Error(`It ended: ${launched.stdout()}${launched.stderr()}`);
      return undefined;
    },
    60_000,
  ).catch(async (error: unknown) => {
    await launched.end('SIGKILL');
    throw error;
  });
  return { ...launched, url: said[1] ?? said[2] ?? '' };
}
