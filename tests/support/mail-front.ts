/** What stands before a mail server: it lets clients through, or answers them itself as no mail server should. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Misbehavior } from './vendors/vendor.js';

export interface MailFront {
  readonly host: string;
  /** Shows this to whoever connects from now on: going away (`error`), a web page, or a line of ten megabytes. */
  misbehave(misbehavior?: Misbehavior): void;
  /** How many clients it answered itself. */
  turnedAway(): number;
  close(): Promise<void>;
}

const MEGABYTE = Buffer.alloc(1024 * 1024, '2');
const ANSWERS: Partial<Record<Misbehavior, readonly (string | Buffer)[]>> = {
  error: ['421 4.3.2 Service not available\r\n'],
  page: ['HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html><title>Maintenance</title>'],
  huge: Array.from({ length: 10 }, () => MEGABYTE),
};

export async function startMailFront(url: string): Promise<MailFront> {
  const behind = new URL(url);
  const sockets = new Set<Socket>();
  let answer: readonly (string | Buffer)[] | undefined;
  let turnedAway = 0;
  const server = createServer((client) => {
    sockets.add(client.on('error', () => {}).once('close', () => sockets.delete(client)));
    if (answer) {
      turnedAway += 1;
      for (const part of answer) client.write(part);
      return void client.end();
    }
    const through = connect(Number(behind.port), behind.hostname).on('error', () => client.destroy());
    client.pipe(through).pipe(client);
    through.once('close', () => client.destroy());
    client.once('close', () => through.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    misbehave(misbehavior) {
      answer = misbehavior && ANSWERS[misbehavior];
    },
    turnedAway: () => turnedAway,
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
