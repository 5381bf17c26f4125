/** A process that is told to stop finishes what it has taken. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, postGraphql } from '../support/graphql-client.js';
import { type Running, ready, startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

const directory = newDataDirectory();
const env = { GATEWAY_DATA_DIR: directory.path, LOG_LEVEL: 'info' };
afterAll(() => directory[Symbol.dispose]());

/** Customers that an earlier process has answered for: the next one must have them. */
const answered: string[] = [];
let secretKey = '';
const keyOf = (gateway: Running) => {
  secretKey ||= /sk_test_\w+/.exec(gateway.stdout())?.[0] ?? '';
  return secretKey;
};

/** A request of which the second half is sent by `finish`, with what follows it; its answer is everything the gateway says. */
async function halfSent(gateway: Running, query: string, { accept = 'application/json', connection = 'close' } = {}) {
  const body = JSON.stringify({ query });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const answer = text(socket);
  const head = [
    'POST /graphql HTTP/1.1',
    `host: ${hostname}`,
    'content-type: application/json',
    `connection: ${connection}`,
  ];
  head.push(
    `accept: ${accept}`,
    `authorization: Bearer ${keyOf(gateway)}`,
    `content-length: ${Buffer.byteLength(body)}`,
  );
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 20)}`);
  return { answer, finish: (next = '') => socket.write(`${body.slice(20)}${next}`) };
}

/** Tells a process to stop while a request is half sent to it; resolves once it has heard it. */
async function tellToStop(gateway: Running, signal: NodeJS.Signals = 'SIGTERM') {
  // The first half has arrived once a second request, over another connection, is answered.
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  const ended = gateway.end(signal);
  await waitFor('it says that it stops', () => gateway.stderr().includes('stopping'));
  return { ended };
}

describe('a signal to stop', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '(%s) lets a request under way be answered and kept, and then ends with 0',
    async (signal) => {
      await using gateway = await startProcess(['serve'], env);
      for (const platformCustomerId of answered) {
        const read = `{ customer(platformCustomerId: "${platformCustomerId}") { platformCustomerId } }`;
        const found = await postGraphql(gateway.url, read, {}, { key: keyOf(gateway) });
        expect(dataOf(found)).toEqual({ customer: { platformCustomerId } });
      }
      const name = `in-flight-${signal}`;
      const query = `mutation { createCustomer(input: {platformCustomerId: "${name}"}) { platformCustomerId } }`;
      const { answer, finish } = await halfSent(gateway, query);
      const { ended } = await tellToStop(gateway, signal);
      finish();
      expect(await answer).toMatch(new RegExp(`^HTTP/1.1 200 [\\s\\S]*"platformCustomerId":"${name}"`));
      expect(await ended).toMatchObject({ code: 0, signal: null });
      answered.push(name);
    },
  );

  test('lets a mutation under way that is asked for as a stream be answered, to its end', async () => {
    await using gateway = await startProcess(['serve'], env);
    const query = 'mutation { createCustomer(input: {platformCustomerId: "streamed"}) { platformCustomerId } }';
    const { answer, finish } = await halfSent(gateway, query, { accept: 'text/event-stream' });
    const { ended } = await tellToStop(gateway);
    finish();
    expect(await answer).toMatch(/event: next\ndata: .*"platformCustomerId":"streamed"[\s\S]*event: complete/);
    expect(await ended).toMatchObject({ code: 0, signal: null });
  });

  test('waits for answers, and not for the connections that their clients keep', async () => {
    await using gateway = await startProcess(['serve'], env);
    const { answer, finish } = await halfSent(gateway, '{ viewer { kind } }', { connection: 'keep-alive' });
    const { ended } = await tellToStop(gateway);
    finish();
    const finishedAt = performance.now();
    expect(await answer).toContain('"kind":"SECRET_KEY"');
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - finishedAt).toBeLessThan(10_000);
  });

  test('answers what follows on a connection in use as ever, and closes that connection', async () => {
    await using gateway = await startProcess(['serve'], env);
    const { answer, finish } = await halfSent(gateway, '{ viewer { kind } }', { connection: 'keep-alive' });
    const { ended } = await tellToStop(gateway);
    const query = encodeURIComponent('{ viewer { world: __typename } }');
    const head = [
      'host: x',
      'apollo-require-preflight: true',
      'x-request-id: the-next',
      `authorization: Bearer ${keyOf(gateway)}`,
    ];
    finish(`GET /graphql?query=${query} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    const [, first, next] = (await answer).split('HTTP/1.1 ');
    expect(first).toMatch(/^200 [\s\S]*"kind":"SECRET_KEY"/);
    expect(next).toMatch(/^200 [\s\S]*"world":"Viewer"/);
    expect(next).toContain('x-request-id: the-next');
    expect(next?.toLowerCase()).toContain('connection: close');
    expect(await ended).toMatchObject({ code: 0, signal: null });
  });

  test('attack: half a request, and an answer that nobody reads, do not hold a process that is to end', async () => {
    await using gateway = await startProcess(['serve'], env);
    const { hostname, port } = new URL(gateway.url);
    const half = await halfSent(gateway, '{ viewer { kind } }');
    const unread = connect(Number(port), hostname);
    unread.on('error', () => {});
    await once(unread, 'connect');
    unread.pause();
    // Enough pages to fill what both ends buffer.
    unread.write('GET /playground HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5_000));
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    const startedAt = performance.now();
    expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    expect(gateway.stderr()).not.toContain('unhandled');
    await half.answer.catch(() => '');
    unread.destroy();
  });

  test('ends a process whose log is on a full disk too, which serves until then', async () => {
    const program = {
      command: '/bin/sh',
      args: ['-c', 'exec "$0" bin/gateway.js serve 2>/dev/full', process.execPath],
    };
    // A factor is told in the log at the start.
    await using gateway = await ready(program, { ...env, GATEWAY_LIMIT_SCALE: '2' });
    for (const probe of ['livez', 'readyz']) expect((await fetch(`${gateway.url}/${probe}`)).status).toBe(200);
    const startedAt = performance.now();
    expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('race: that comes in the moment in which a process says that it is ready ends it like any other', async () => {
    const stopOnceReady = `const { stdout } = process;
      const write = stdout.write.bind(stdout);
      stdout.write = (text) => {
        const isTaken = write(text);
        process.kill(process.pid, 'SIGTERM');
        return isTaken;
      };`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(stopOnceReady)}`;
    await using gateway = await startProcess(['serve', '--json'], { ...env, NODE_OPTIONS });
    expect(await gateway.finished).toMatchObject({
      code: 0,
      signal: null,
      stderr: expect.stringContaining('stopping'),
    });
  });
});
