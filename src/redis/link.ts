/** One connection, or one set of connections to a cluster, from its making to its first failure. */
import type { RedisSettings } from '../kernel/config-redis.js';
import { probeKeys } from './probe-keys.js';

export interface Link {
  open(): Promise<void>;
  /** @param key the only one of the command */
  send(key: string, args: readonly string[]): Promise<unknown>;
  /** Keys to ask with whether it can be written: each server that counts has one of them. */
  probeKeys(): readonly string[];
  /** Fails whatever is under way, and leaves no socket. */
  destroy(): void;
}

/**
 * How links are made. The client is installed by whoever sets REDIS_URL.
 * @throws {Error} where it is not
 */
export async function linker(settings: RedisSettings): Promise<() => Link> {
  const { createClient, createCluster } = await import('@redis/client').catch(() => {
    throw new Error('REDIS_URL is set, and @redis/client is not installed: npm install --save-prod @redis/client');
  });
  const { nodes, isCluster, tls, username, password, database } = settings;
  const shared = {
    // Who is asked again, and when, is decided in one place, which throws a failed link away.
    disableOfflineQueue: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  // No socketTimeout: it counts what is idle, and would end a connection that nobody needed for a moment.
  const socketFor = (signal: AbortSignal) => ({
    reconnectStrategy: false as const,
    connectTimeout: 1_000,
    signal,
    ...(tls && { tls: true as const }),
  });

  const toServer = (): Link => {
    const ended = new AbortController();
    const [{ host, port }] = nodes as [(typeof nodes)[number]];
    const client = createClient({ ...shared, database, socket: { ...socketFor(ended.signal), host, port } });
    client.on('error', () => {});
    return {
      ...lifeOf(client, ended),
      send: (_, args) => client.sendCommand([...args]),
      probeKeys: () => probeKeys(),
    };
  };
  const toCluster = (): Link => {
    const ended = new AbortController();
    const socket = socketFor(ended.signal);
    const cluster = createCluster({
      rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port, ...socket } })),
      defaults: { ...shared, socket },
    });
    // A cluster whose nodes all refuse says only that there is none; what they said is told here.
    let cause: unknown;
    cluster.on('error', (error) => {
      cause = error;
    });
    return {
      ...lifeOf(cluster, ended, (error) => cause ?? error),
      send: (key, args) => cluster.sendCommand(key, false, [...args]),
      probeKeys: () => probeKeys({ masters: cluster.masters, masterOf: (slot) => cluster.slots[slot]?.master }),
    };
  };
  return isCluster ? toCluster : toServer;
}

/**
 * @param ended what aborts every socket of the client: its own `destroy` does not know those that are still connecting,
 * nor the one by which it asks a cluster for its nodes, for whose answer it waits without end
 */
function lifeOf(
  client: { connect(): Promise<unknown>; destroy(): void },
  ended: AbortController,
  causeOf = (error: unknown): unknown => error,
): Pick<Link, 'open' | 'destroy'> {
  function destroy(): void {
    try {
      client.destroy();
    } catch {
      // Some versions throw where nothing is open.
    } finally {
      ended.abort();
    }
  }
  return {
    async open() {
      try {
        await client.connect();
      } catch (error) {
        throw causeOf(error);
      }
      // What opened after it was given up belongs to nobody.
      if (ended.signal.aborted) destroy();
    },
    destroy,
  };
}
