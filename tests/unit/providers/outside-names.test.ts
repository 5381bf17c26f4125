/** Names in URLs of callers: whoever owns one also owns what is answered for it, and when. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { resolverOf } from '../../../src/providers/outside.js';

const TYPES: Readonly<Record<number, readonly number[]>> = {
  1: [93, 184, 215, 14],
  28: [0x20, 1, 0x0d, 0xb8, ...new Array(11).fill(0), 1],
};

/** A name server that answers every name with one address of each family, or nobody (RFC 1035 section 4). */
async function startNameServer(isSilent: boolean) {
  let asked = 0;
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    asked += 1;
    const end = message.indexOf(0, 12) + 5;
    const data = TYPES[message.readUInt16BE(end - 4)];
    if (isSilent || !data) return;
    const head = Buffer.from(message.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 6);
    head.writeUInt32BE(0, 8);
    const answer = [0xc0, 12, ...message.subarray(end - 4, end), 0, 0, 0, 60, 0, data.length, ...data];
    socket.send(Buffer.concat([head, message.subarray(12, end), Buffer.from(answer)]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    [Symbol.dispose]: () => void socket.close(),
  };
}

test('a name has the addresses of both families', async () => {
  using server = await startNameServer(false);
  expect(await resolverOf([server.address])('receiver.example')).toEqual([
    { address: '93.184.215.14', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
});

test('attack: names whose servers never answer keep no other name of the process waiting', async () => {
  using server = await startNameServer(true);
  const resolve = resolverOf([server.address]);
  let given = 0;
  const slow = Array.from({ length: 20 }, (_, index) =>
    resolve(`a${index}.example`).catch((error: NodeJS.ErrnoException) => {
      given += 1;
      return error.code;
    }),
  );
  await lookup('localhost');
  expect(given).toBe(0);
  expect(new Set(await Promise.all(slow))).toEqual(new Set(['ETIMEOUT']));
  expect(server.asked()).toBeGreaterThanOrEqual(20);
});
