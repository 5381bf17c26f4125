/** What the evidence counts as an answer: a figure that cannot see a fault is worth nothing. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Pool } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask } from '../support/hostile.js';
import { isWhole, sendRaw } from '../support/hostile-raw.js';
import { unansweredOf } from '../support/redis-faults.js';

/** A server that does so to each connection once something came. */
async function startServer(answer: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
const PATIENCE_MS = 300;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a request of the hostile ones', () => {
  const outcomeOf = async (answer: (socket: Socket) => unknown) => {
    const pool = new Pool(await startServer(answer));
    onTestFinished(() => pool.destroy());
    return ask(pool, { method: 'GET', path: '/' }, PATIENCE_MS);
  };

  test.each<[string, (socket: Socket) => unknown, unknown]>([
    ['is answered where the answer ended', (socket) => socket.write(`${HEAD}{"a":"b"}`), 200],
    ['hung where nothing came', () => {}, 'hung'],
    ['hung where the answer began and never ended', (socket) => socket.write(`${HEAD}{`), 'hung'],
    ['was closed where the connection was ended instead', (socket) => socket.destroy(), 'closed'],
    ['was closed where it was ended in the middle of the answer', (socket) => socket.end(`${HEAD}{`), 'closed'],
  ])('%s', async (_, answer, outcome) => {
    expect(await outcomeOf(answer)).toBe(outcome);
  });
});

describe('bytes on a raw socket', () => {
  test.each<[string, string, (socket: Socket) => unknown, unknown]>([
    ['are answered by a status', REQUEST, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 400],
    ['hung where they are whole and nothing came', REQUEST, () => {}, 'hung'],
    ['hung where the answer never ended', REQUEST, (socket) => socket.write(`${HEAD}{`), 'hung'],
    ['were closed where the server would not answer', REQUEST, (socket) => socket.end(), 'closed'],
    [
      'wait for more where they are not whole',
      'GET /',
      (socket) => socket.once('end', () => socket.end()),
      'unfinished',
    ],
    [
      'hung where they were ended before they were whole, and the server kept the connection',
      'GET /',
      () => {},
      'hung',
    ],
  ])('%s', async (_, bytes, answer, outcome) => {
    expect(await sendRaw(await startServer(answer), bytes, 2 * PATIENCE_MS)).toBe(outcome);
  });

  test.each([
    [true, REQUEST],
    [true, `\r\n\r\n${REQUEST}`],
    [true, '{\r\n\r\n'],
    [true, 'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
    [true, 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    [true, '\u0016\u0003\u0001'],
    [true, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [false, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r'],
    [false, '\r\n\r\n\r\n'],
    [false, 'GET / HTTP/1.1\r\nHost: x\r\n'],
    [false, 'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{}'],
    [false, 'POST / HTTP/1.1\r\nContent-Length: 99é\r\n\r\n{}'],
    [false, 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFF\r\n'],
  ])('are whole: %s, %j', (whole, bytes) => {
    expect(isWhole(bytes)).toBe(whole);
  });
});

test('a wrong guess is answered where it is told to be wrong or refused, and by no error whatsoever', () => {
  const errors = ['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'none'];
  expect(unansweredOf(['CodeIncorrect', ...errors, 'Refused'])).toEqual(errors);
});
