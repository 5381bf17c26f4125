/** Throw-away servers of Redis or Valkey: one, or a cluster of three. They are the distribution's own and keep nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createClient } from '@redis/client';
import { freePort } from './postgres-server.js';
import { waitFor } from './wait-for.js';

const REDIS = process.env['REDIS_SERVER'] ?? '/usr/bin/redis-server';

/** VALKEY_SERVER, or what PATH has. Debian has it since 13. */
const VALKEY =
  process.env['VALKEY_SERVER'] ??
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'valkey-server'))
    .find((path) => existsSync(path));

/** What the tests of Redis run on: Redis, and Valkey where there is one. */
export const REDIS_SERVERS = [
  { server: 'Redis', executable: REDIS },
  ...(VALKEY === undefined ? [] : [{ server: 'Valkey', executable: VALKEY }]),
];

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Asks the server, past every gateway. */
  ask(...args: string[]): Promise<unknown>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it as a power cut would; it forgets everything. */
  kill(): Promise<void>;
  /** Starts the killed server again at the same address. */
  restart(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** @param more what its configuration file would say, as arguments */
export async function startRedis(more: readonly string[] = [], executable = REDIS): Promise<RedisServer> {
  if (!existsSync(executable))
    throw new Error(`No server at ${executable}: apt-get install redis-server, or set REDIS_SERVER or VALKEY_SERVER.`);
  const home = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;

  const ask = async (...args: string[]): Promise<unknown> => {
    const client = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: false } });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  };
  const start = async () => {
    const keepsNothing = ['--save', '', '--appendonly', 'no', '--dir', home];
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', ...keepsNothing, ...more];
    const started = spawn(executable, args, { stdio: 'ignore' });
    children.add(started);
    started.once('exit', () => children.delete(started));
    child = started;
    await waitFor(`${executable} answers`, () =>
      ask('PING').then(
        () => true,
        () => {
          if (started.exitCode !== null) throw new Error(`${executable} ended with ${started.exitCode}`);
          return false;
        },
      ),
    );
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    ask,
    signal: (signal) => void child?.kill(signal),
    kill,
    restart: start,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster extends AsyncDisposable {
  readonly url: string;
  readonly nodes: readonly RedisServer[];
}

const SLOTS = 16_384;

/** Three masters that share the slots. */
export async function startRedisCluster(executable = REDIS): Promise<RedisCluster> {
  await using starting = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  const buses: number[] = [];
  for (let at = 0; at < 3; at += 1) {
    const bus = await freePort();
    buses.push(bus);
    nodes.push(
      starting.use(
        await startRedis(
          ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '2000'],
          executable,
        ),
      ),
    );
    const node = nodes[at] as RedisServer;
    const [first, last] = [Math.floor((at * SLOTS) / 3), Math.floor(((at + 1) * SLOTS) / 3) - 1];
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', `${first}`, `${last}`);
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', `${at + 1}`);
    if (at > 0) await node.ask('CLUSTER', 'MEET', '127.0.0.1', `${nodes[0]?.port}`, `${buses[0]}`);
  }
  for (const node of nodes) {
    await waitFor('the cluster covers all slots', async () =>
      String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  }
  const resources = starting.move();
  return {
    url: `redis://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
