/** A process that works the queue and serves nothing else can be watched. */
import { expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { scrape } from '../support/metrics.js';
import { freePort } from '../support/postgres-server.js';
import { startProcess } from '../support/processes.js';

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
