/** Receivers of webhooks by the dozen, which do nothing but note when they were told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Receivers extends AsyncDisposable {
  /** Where the receiver of that name is. */
  url(name: string): string;
  /** When an event first reached a receiver, by `performance.now()`; undefined where it has not. */
  arrival(name: string, eventId: string): number | undefined;
  /** How many different events have reached any receiver. */
  count(): number;
  /** Those of these names take what comes and answer nothing, from now on; the others answer at once. */
  hang(names: readonly string[]): void;
}

export async function startReceivers(): Promise<Receivers> {
  const arrivals = new Map<string, number>();
  let hanging = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const name = (incoming.url ?? '').slice(1);
    const told = `${name} ${String(incoming.headers['webhook-id']).replace(/^.*:/, '')}`;
    if (!arrivals.has(told)) arrivals.set(told, performance.now());
    incoming.resume();
    if (!hanging.has(name)) incoming.once('end', () => outgoing.writeHead(204).end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    arrival: (name, eventId) => arrivals.get(`${name} ${eventId}`),
    count: () => arrivals.size,
    hang: (names) => {
      hanging = new Set(names);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
