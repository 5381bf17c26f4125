/** The way to Redis by itself: a node that is silent keeps nobody, and one that cannot be written is not used. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/kernel/config.js';
import type { RedisSettings } from '../../src/kernel/config-redis.js';
import { openRedis, type Redis } from '../../src/redis/connection.js';
import { scriptOf } from '../../src/redis/script.js';
import { runGateway } from '../support/processes.js';
import { type RedisServer, startRedis, startRedisCluster } from '../support/redis-server.js';
import { startSlowProxy } from '../support/slow-proxy.js';
import { waitFor } from '../support/wait-for.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

const open = (url: string): Promise<Redis> =>
  openRedis(loadConfig({ REDIS_URL: url }).redis as RedisSettings, pino({ level: 'silent' }));

async function timed<T>(work: PromiseLike<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, ms: performance.now() - startedAt };
}

/** A second to connect, and what a busy machine needs. */
const START_MS = 2_500;
/** An answer takes a fifth of a second, more where the machine is busy. */
const ANSWER_MS = 2_000;

const COUNT = scriptOf(`return redis.call('INCRBY', KEYS[1], 1)`);
const isUp = (redis: Redis) => waitFor('Redis is used', async () => redis.isUp());
const isAway = (redis: Redis) => waitFor('Redis is left alone', async () => !redis.isUp());

/** Takes connections and says nothing. */
async function startSilentNode() {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((socket) => {
    taken += 1;
    sockets.add(socket);
    // Read, or its end is not noticed.
    socket
      .on('error', () => {})
      .on('close', () => sockets.delete(socket))
      .resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { port, taken: () => taken, open: () => sockets.size };
}

describe.each([
  { kind: 'a server', query: '' },
  { kind: 'the only known node of a cluster', query: '?cluster=true' },
])('outage: $kind that takes connections and never answers', ({ query }) => {
  test('keeps no start, is tried again, and leaves no socket', async () => {
    const node = await startSilentNode();
    const { result: redis, ms } = await timed(open(`redis://127.0.0.1:${node.port}${query}`));
    expect(ms).toBeLessThan(START_MS);
    expect(redis.isUp()).toBe(false);
    await waitFor('the first connection is gone', async () => node.open() === 0);
    await waitFor('it is tried again', async () => node.taken() > 1 && node.open() > 0);
    const { ms: closingMs } = await timed(
      redis[Symbol.asyncDispose]().then(() => waitFor('no connection is left', async () => node.open() === 0)),
    );
    // Before its second is over.
    expect(closingMs).toBeLessThan(700);
  });

  test('is used once it answers', async () => {
    const server = resources.use(query === '' ? await startRedis() : await startRedisCluster());
    const target = 'nodes' in server ? (server.nodes[0] as RedisServer) : server;
    const proxy = resources.use(await startSlowProxy(target.port));
    proxy.delay(600_000);
    const { result, ms } = await timed(open(`redis://127.0.0.1:${proxy.port}${query}`));
    await using redis = result;
    expect(ms).toBeLessThan(START_MS);
    expect(redis.isUp()).toBe(false);
    proxy.delay(0);
    await isUp(redis);
    expect(await redis.run(COUNT, 'gateway:limit:{here}', [])).toBe(1);
  });

  test('does not keep gateway doctor from ending', async () => {
    const node = await startSilentNode();
    const REDIS_URL = `redis://127.0.0.1:${node.port}${query}`;
    expect(await redisFinding(REDIS_URL)).toMatchObject({ ok: false, detail: expect.stringContaining('not answer') });
  });
});

async function redisFinding(REDIS_URL: string) {
  const { stdout } = await runGateway(['doctor', '--json'], { REDIS_URL });
  const { checks } = JSON.parse(stdout) as { checks: { check: string; ok: boolean; detail: string }[] };
  return checks.find(({ check }) => check === 'redis');
}

test('outage: a node of a cluster that falls silent keeps no request, and the cluster is used again once it answers', async () => {
  const cluster = resources.use(await startRedisCluster());
  await using redis = await open(cluster.url);
  await isUp(redis);
  const silent = cluster.nodes[1] as RedisServer;
  silent.signal('SIGSTOP');
  const slowest: number[] = [];
  await waitFor('the silent node is met', async () => {
    const { ms } = await timed(redis.run(COUNT, `gateway:limit:{${slowest.length}}`, []).catch(() => {}));
    slowest.push(ms);
    return !redis.isUp();
  });
  expect(Math.max(...slowest)).toBeLessThan(ANSWER_MS);
  // Several connections are tried meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(redis.isUp()).toBe(false);
  silent.signal('SIGCONT');
  await isUp(redis);
  await waitFor('every node counts', async () => {
    const keys = Array.from({ length: 20 }, (_, at) => `gateway:limit:{${at}}`);
    const answers = await Promise.allSettled(keys.map((key) => redis.run(COUNT, key, [])));
    return answers.every(({ status }) => status === 'fulfilled');
  });
});

describe('a Redis that answers and cannot be written', () => {
  const REFUSING = [
    {
      name: 'a replica',
      code: 'READONLY',
      told: 'name its primary',
      begin: ['REPLICAOF', '127.0.0.1', '1'],
      end: ['REPLICAOF', 'NO', 'ONE'],
    },
    {
      name: 'one whose memory is full',
      code: 'OOM',
      told: 'raise maxmemory',
      begin: ['CONFIG', 'SET', 'maxmemory', '1'],
      end: ['CONFIG', 'SET', 'maxmemory', '0'],
    },
    {
      name: 'one without the replicas it wants',
      code: 'NOREPLICAS',
      told: 'min-replicas-to-write',
      begin: ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      end: ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    },
    {
      name: 'one whose user may not count',
      code: 'NOPERM',
      told: 'docs/operators.md',
      begin: ['ACL', 'SETUSER', 'default', '-incrby'],
      end: ['ACL', 'SETUSER', 'default', '+@all'],
    },
    {
      name: 'one whose user may not keep texts',
      code: 'NOPERM',
      told: 'docs/operators.md',
      begin: ['ACL', 'SETUSER', 'default', '-hrandfield'],
      end: ['ACL', 'SETUSER', 'default', '+@all'],
    },
  ];

  test.each(REFUSING)(
    'outage: $name is not taken for up, by gateway doctor neither, until it can be written',
    async ({ code, told, begin, end }) => {
      const server = resources.use(await startRedis());
      await server.ask(...begin);
      expect(await redisFinding(server.url)).toMatchObject({ ok: false, detail: expect.stringContaining(told) });
      await using redis = await open(server.url);
      expect({ isUp: redis.isUp(), refusal: redis.refusal() }).toEqual({ isUp: false, refusal: code });
      expect(await server.ask('DBSIZE')).toBe(0);
      await server.ask(...end);
      await isUp(redis);
      expect(redis.refusal()).toBeUndefined();
      expect(await server.ask('DBSIZE')).toBe(0);
      expect(await redisFinding(server.url)).toMatchObject({ ok: true });

      await server.ask(...begin);
      await redis.run(scriptOf(`return redis.call('HRANDFIELD', KEYS[1])`), 'gateway:texts:{a}', []).catch(() => {});
      await redis.run(COUNT, 'gateway:limit:{a}', []).catch(() => {});
      await isAway(redis);
      // The next connection is refused as the first was.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(redis.isUp()).toBe(false);
    },
  );

  test('outage: a cluster of which one master is full is not taken for up, whichever it is', async () => {
    const cluster = resources.use(await startRedisCluster());
    for (const node of cluster.nodes) {
      await node.ask('CONFIG', 'SET', 'maxmemory', '1');
      await using redis = await open(cluster.url);
      expect({ isUp: redis.isUp(), refusal: redis.refusal() }).toEqual({ isUp: false, refusal: 'OOM' });
      await node.ask('CONFIG', 'SET', 'maxmemory', '0');
    }
    await using redis = await open(cluster.url);
    expect(redis.isUp()).toBe(true);
  });

  test('a user with the commands that docs/operators.md lists and no others is enough', async () => {
    const text = readFileSync('docs/operators.md', 'utf8');
    const listed =
      /needs the keys `(~gateway:\*)` and the commands (.*?) in a cluster `(.*?)` too, and with another database than 0 in the URL `(.*?)`/.exec(
        text,
      );
    const [, keys = '', commands = '', ofClusters = '', ofOthers = ''] = listed ?? [];
    const names = [...commands.matchAll(/`(\w+)`/g)].map(([, name]) => `+${name}`);
    const cluster = resources.use(await startRedisCluster());
    const server = resources.use(await startRedis());
    const user = ['ACL', 'SETUSER', 'gateway', 'on', '>hunter2', keys, ...names];
    await server.ask(...user);
    for (const node of cluster.nodes) await node.ask(...user, `+${ofClusters}`);
    for (const { url } of [server, cluster]) {
      await using redis = await open(url.replace('//', '//gateway:hunter2@'));
      expect(redis.isUp()).toBe(true);
    }
    const other = `${server.url.replace('//', '//gateway:hunter2@')}/1`;
    expect(await redisFinding(other)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('docs/operators.md'),
    });
    await server.ask(...user, `+${ofOthers}`);
    await using redis = await open(other);
    expect(redis.isUp()).toBe(true);
  });

  test('a login that every node of a cluster refuses is told as one', async () => {
    const cluster = resources.use(await startRedisCluster());
    for (const node of cluster.nodes) await node.ask('CONFIG', 'SET', 'requirepass', 'hunter2');
    const found = await redisFinding(cluster.url.replace('//', '//default:wrong@'));
    expect(found).toMatchObject({ ok: false, detail: expect.stringContaining('refuses the login') });
    expect(await redisFinding(cluster.url.replace('//', '//default:hunter2@'))).toMatchObject({ ok: true });
  });
});
