/** Starts a contender's server in a process of its own and waits until it answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../tests/support/postgres-server.ts';
import type { Contender, Target } from './contender.ts';

/** A server that answers. */
export interface RunningServer extends Target {
  pid: number;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** A contender's settings, with a folder that goes when this process ends. */
export function settingsOf(contender: Contender): Record<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  return contender.environment(scratch);
}

/**
 * Throws where the server ends or does not answer within a minute.
 *
 * @param profileFolder where the server leaves a CPU profile as it stops
 * @param settings of all its processes on one database
 */
export async function startServer(
  contender: Contender,
  databaseUrl: string,
  profileFolder: string | undefined,
  settings = settingsOf(contender),
): Promise<RunningServer> {
  const port = await freePort();
  const { NODE_ENV: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const own = { DATABASE_URL: databaseUrl, HOST: '127.0.0.1', PORT: String(port) };
  const environment = { ...inherited, ...own, ...settings };
  const profile = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : [];
  if (profileFolder) mkdirSync(profileFolder, { recursive: true });
  const args = [...profile, ...contender.command];
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let running = true;
  const exited = once(child, 'exit').then(() => {
    running = false;
  });
  const stop = async () => {
    const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(force);
    process.off('exit', kill);
  };

  const baseUrl = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < START_MS && running; waited += 50) {
    if (child.pid && (await answers(baseUrl + contender.probe))) {
      return { pid: child.pid, baseUrl, databaseUrl, environment, stop };
    }
    await sleep(50);
  }
  await stop();
  throw new Error(`${contender.name} did not answer at ${contender.probe}; what it said of it is above`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const { status } = await fetch(url);
    return status !== 503;
  } catch {
    return false;
  }
}
