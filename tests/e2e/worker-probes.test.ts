/** A process that works the queue and serves nothing else can be watched. */
import { expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { scrape } from '../support/metrics.js';
import { freePort } from '../support/postgres-server.js';
import { startProcess } from '../support/processes.js';
import { startReceivers } from '../support/receivers.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

test('a worker has probes and metrics on a port of its own, and answers no GraphQL there', async () => {
  using directory = newDataDirectory();
  const port = await freePort();
  await using _worker = await startProcess(['work'], {
    GATEWAY_DATA_DIR: directory.path,
    GATEWAY_WORKER_PORT: String(port),
  });
  const url = `http://127.0.0.1:${port}`;
  for (const route of ['/livez', '/readyz']) expect((await fetch(`${url}${route}`)).status).toBe(200);
  expect(await scrape(url)).toContain('gateway_queue_waiting{queue="verification-deliver"} 0');
  expect((await fetch(`${url}/graphql?query={viewer{kind}}`)).status).toBe(404);
});

test('a worker that is told to stop says so at /readyz until it has finished what it has taken', async () => {
  using directory = newDataDirectory();
  const env = { GATEWAY_DATA_DIR: directory.path };
  await using receivers = await startReceivers();
  receivers.hang(['slow']);
  await using serving = await startProcess(['serve', '--no-work', '--json'], env);
  const { demo } = JSON.parse(serving.stdout()) as { demo: { secretKey: string } };
  const caller = createCaller(serving.url, demo.secretKey);
  await webhooksOf(caller).create({ url: receivers.url('slow') });
  await caller.sendEmail((await caller.createCustomer({ email: 'ada@example.com' })).id);
  expect(await serving.end()).toMatchObject({ code: 0 });

  const port = await freePort();
  await using worker = await startProcess(['work'], { ...env, GATEWAY_WORKER_PORT: String(port) });
  await waitFor('an event is being told', () => receivers.count() > 0);
  const url = `http://127.0.0.1:${port}`;
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const ended = worker.end('SIGTERM');
  await waitFor('it says that it stops', async () => (await fetch(`${url}/readyz`)).status === 503);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'unavailable', reason: 'stopping' });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  await receivers[Symbol.asyncDispose]();
  expect(await ended).toMatchObject({ code: 0, signal: null });
});
