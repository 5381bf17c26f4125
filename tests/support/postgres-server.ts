/** Starts and ends the server process of a throw-away PostgreSQL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './postgres-binaries.js';

/** What one start of a server needs. */
export interface Launch {
  postgres: string;
  home: string;
  data: string;
  port: number;
  durable: boolean;
  account: Account | undefined;
}

/** Resolves once the server takes connections; rejects with its log where it ends instead. */
export async function launchServer({ postgres, home, data, port, durable, account }: Launch): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    // A socket's path has a short limit that temporary folders can pass: TCP only.
    unix_socket_directories: '',
    max_connections: 400,
    timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  rmSync(join(home, 'log'), { force: true });
  const log = openSync(join(home, 'log'), 'a');
  const server = spawn(postgres, args, { cwd: home, env: cleanEnvironment(), stdio: ['ignore', log, log], ...account });
  closeSync(log);
  // A test that forgets to stop the server still ends; the exit handler then stops it.
  server.unref();
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    if (saysReady(data, server.pid)) return server;
    await sleep(20);
  }
  await endServer(server);
  throw new Error(`PostgreSQL did not start:\n${readFileSync(join(home, 'log'), 'utf8').slice(-2000)}`);
}

/** Immediate shutdown, then force: nothing in a throw-away server is worth writing out first. */
export async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const exited = once(server, 'exit');
  server.kill('SIGQUIT');
  const force = setTimeout(() => server.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(force);
}

/** The same for a process that is exiting itself and can no longer await: the server's last act is to remove its file. */
export function endServerSync(server: ChildProcess, data: string): void {
  server.kill('SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 5_000 && existsSync(join(data, 'postmaster.pid')); waited += 20) {
    Atomics.wait(pause, 0, 0, 20);
  }
}

/** A port that was free a moment ago: another process can still take it first. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The probe for a free port has no address');
  return address.port;
}

/** The caller's PGPORT, PGDATA and so on must not reach a server of our own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** In the server's own words, so that another server that won the port cannot be taken for it. */
function saysReady(data: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}
