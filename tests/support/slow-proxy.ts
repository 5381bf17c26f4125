/** A TCP proxy whose answers can be held back, as those of an overloaded server are. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on every answer takes so many milliseconds longer. */
  delay(milliseconds: number): void;
}

/** @param target a port of this machine */
export async function startSlowProxy(target: number): Promise<SlowProxy> {
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
    client.pipe(upstream);
    // One after the other, also where the delay changes meanwhile: TCP keeps the order.
    let last = Promise.resolve();
    upstream.on('data', (data) => {
      const due = pause(delayMs, undefined, { ref: false });
      last = last.then(() => due).then(() => void (client.writable && client.write(data)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
