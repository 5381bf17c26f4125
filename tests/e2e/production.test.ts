/** A production process: what it hides, and how it leaves. */
import { getIntrospectionQuery } from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { newKeySet } from '../../src/sessions/signing-keys.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { runGateway, startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

const directory = newDataDirectory();
const env = {
  GATEWAY_DATA_DIR: directory.path,
  NODE_ENV: 'production',
  LOG_LEVEL: 'info',
  GATEWAY_SECRET: 'a secret for production that is long enough',
  GATEWAY_SIGNING_KEYS: newKeySet(),
  GATEWAY_PUBLIC_URL: 'https://gateway.example',
};
const gateway = await startProcess(['serve'], env);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function createKey(kind: string): Promise<string> {
  const { stdout } = await runGateway(['keys', 'create', '--kind', kind, '--mode', 'live', '--json'], env);
  return (JSON.parse(stdout) as { secret: string }).secret;
}

test('makes no demo workspace and prints no key', async () => {
  expect(gateway.stdout()).not.toMatch(/[sp]k_(test|live)_/);
  expect(await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'live'], env)).toMatchObject({ code: 1 });
  expect(await runGateway(['workspaces', 'create', '--name', 'Acme'], env)).toMatchObject({ code: 0 });
});

test('shows its schema to secret keys alone', async () => {
  const schema = (headers: Record<string, string>) => fetch(`${gateway.url}/schema.graphql`, { headers });
  expect((await schema({})).status).toBe(401);
  expect((await schema({ authorization: `Bearer ${await createKey('publishable')}` })).status).toBe(403);
  const shown = await schema({ authorization: `Bearer ${await createKey('secret')}` });
  expect({ status: shown.status, sdl: await shown.text() }).toEqual({
    status: 200,
    sdl: expect.stringContaining('@guard'),
  });
});

test('answers no introspection, and helps nobody to guess names', async () => {
  const key = await createKey('publishable');
  const introspection = await postGraphql(gateway.url, getIntrospectionQuery(), {}, { key });
  expect(introspection).toMatchObject({ status: 400 });
  expect(introspection.body.data).toBeUndefined();
  expect(introspection.body.errors?.[0]?.message).toMatch(/schema\.graphql with a secret key/);
  const misspelled = await postGraphql(gateway.url, '{ viewr { mode } }', {}, { key });
  expect(errorOf(misspelled)).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(JSON.stringify(misspelled.body)).not.toMatch(/did you mean/i);
});

test('told to stop says so to its balancer first, and still answers meanwhile', async () => {
  const key = await createKey('secret');
  const ready = async () => (await fetch(`${gateway.url}/readyz`)).status;
  expect(await ready()).toBe(200);
  const ended = gateway.end('SIGTERM');
  await waitFor('/readyz is 503', async () => (await ready()) === 503);
  expect(dataOf(await postGraphql(gateway.url, '{ viewer { mode } }', {}, { key }))).toEqual({
    viewer: { mode: 'LIVE' },
  });
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  expect(await ended).toMatchObject({ code: 0 });
});
