/** `gateway events` that is interrupted while the gateway is silent, as one whose database or network hangs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { startCommand } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

/** A poll is asked for again every second; an answer has 30 seconds. */
const AT_ONCE_MS = 2_500;
/** What the endpoint is given, and what a busy machine needs. */
const SOON_MS = 6_000;

/** `gateway events tail` behind a proxy that hands an operation on and keeps its answer for so many milliseconds. */
async function tailBehind(key: string, keptFor: (operation: string) => number) {
  const asked: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await text(incoming);
    const headers = { 'content-type': 'application/json', authorization: String(incoming.headers.authorization) };
    asked.push(body);
    const ms = keptFor(body);
    if (ms === Number.POSITIVE_INFINITY) return;
    const answer = await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).text();
    await pause(ms);
    outgoing.end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const tail = startCommand(['events', 'tail', '--url', `http://127.0.0.1:${port}`, '--key', key]);
  return {
    asked,
    async interrupt() {
      const startedAt = performance.now();
      const { code, stderr } = await tail.end('SIGINT');
      return { code, stderr, ms: performance.now() - startedAt };
    },
    async [Symbol.asyncDispose]() {
      await tail[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

const SILENT = Number.POSITIVE_INFINITY;
const isPoll = (operation: string) => operation.includes('events(first');
const isMaking = (operation: string) => operation.includes('createWebhookEndpoint');

test('a poll under way does not hold Ctrl-C up, and nothing is left behind', async () => {
  const { test: caller } = await gateway.workspace();
  const { list } = webhooksOf(caller);
  let isSilent = false;
  await using tail = await tailBehind(caller.key, (operation) => (isSilent && isPoll(operation) ? SILENT : 0));
  await waitFor('it has begun', async () => (await list()).length === 1);
  isSilent = true;
  const before = tail.asked.length;
  await waitFor('it polls', () => tail.asked.length > before && isPoll(tail.asked.at(-1) as string));
  const { ms, ...ended } = await tail.interrupt();
  expect(ended).toEqual({ code: 0, stderr: '' });
  expect(ms).toBeLessThan(AT_ONCE_MS);
  expect(await list()).toEqual([]);
});

test('nor does a gateway that is silent from the start', async () => {
  const { test: caller } = await gateway.workspace();
  await using tail = await tailBehind(caller.key, () => SILENT);
  await waitFor('it has asked', () => tail.asked.length === 1);
  const { ms, ...ended } = await tail.interrupt();
  expect(ended).toEqual({ code: 0, stderr: '' });
  expect(ms).toBeLessThan(AT_ONCE_MS);
});

test('a gateway that does not answer the removal of the endpoint either is given seconds, and it says what is left', async () => {
  const { test: caller } = await gateway.workspace();
  const { list } = webhooksOf(caller);
  let isSilent = false;
  await using tail = await tailBehind(caller.key, () => (isSilent ? SILENT : 0));
  await waitFor('it has begun', async () => (await list()).length === 1);
  await waitFor('it polls', () => tail.asked.length > 3);
  isSilent = true;
  const [endpoint] = await list();
  const { ms, ...ended } = await tail.interrupt();
  const stderr = `gateway: the endpoint ${endpoint?.id}, which was made for this, could not be removed\n`;
  expect(ended).toEqual({ code: 0, stderr });
  expect(ms).toBeLessThan(SOON_MS);
});

test.each([
  ['answered is removed', 1_500, ''],
  [
    'not answered is said to be left',
    SILENT,
    expect.stringMatching(/^gateway: an endpoint .* may have been made.*\n$/),
  ],
])('an endpoint whose making is interrupted and %s', async (_, ms, stderr) => {
  const { test: caller } = await gateway.workspace();
  await using tail = await tailBehind(caller.key, (operation) => (isMaking(operation) ? ms : 0));
  await waitFor('it is being made', () => isMaking(tail.asked.at(-1) ?? ''));
  const ended = await tail.interrupt();
  expect(ended).toMatchObject({ code: 0, stderr });
  expect(ended.ms).toBeLessThan(SOON_MS);
  expect(await webhooksOf(caller).list()).toEqual([]);
});
