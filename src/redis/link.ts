/** One connection, or one set of connections to a cluster, from its making to its first failure. */
import type { RedisSettings } from '../kernel/config-redis.js';

export interface Link {
  open(): Promise<void>;
  /** @param key the only one of the command; undefined: any node may answer */
  send(key: string | undefined, args: readonly string[]): Promise<unknown>;
  /** Fails whatever is under way. */
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
  const socket = { reconnectStrategy: false as const, connectTimeout: 1_000, ...(tls && { tls: true as const }) };

  const toServer = (): Link => {
    const [{ host, port }] = nodes as [(typeof nodes)[number]];
    const client = createClient({ ...shared, database, socket: { ...socket, host, port } });
    client.on('error', () => {});
    return {
      open: async () => void (await client.connect()),
      send: (_, args) => client.sendCommand([...args]),
      destroy: () => client.isOpen && client.destroy(),
    };
  };
  const toCluster = (): Link => {
    const cluster = createCluster({
      rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port, ...socket } })),
      defaults: { ...shared, socket },
    });
    cluster.on('error', () => {});
    return {
      open: async () => void (await cluster.connect()),
      send: (key, args) => cluster.sendCommand(key, false, [...args]),
      destroy: () => cluster.isOpen && cluster.destroy(),
    };
  };
  return isCluster ? toCluster : toServer;
}
