/** The port of a process: what is built from it, and what comes of one that something else has. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startApp } from '../../src/app/start.js';
import { startWorkers } from '../../src/app/workers.js';
import { openStorage } from '../../src/entities/storage.js';
import { loadConfig } from '../../src/kernel/config.js';
import { newKeySet } from '../../src/sessions/signing-keys.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { startGateway } from '../support/harness.js';
import { openInbox } from '../support/inbox.js';
import { sendLink } from '../support/links.js';

vi.mock(import('../../src/app/workers.js'), async (original) => {
  const actual = await original();
  return { ...actual, startWorkers: vi.fn(actual.startWorkers) };
});

const directory = newDataDirectory();
const taken = createServer().listen(0, '127.0.0.1');
await once(taken, 'listening');
const { port } = taken.address() as AddressInfo;
afterAll(() => {
  taken.close();
  directory[Symbol.dispose]();
});
beforeEach(() => void vi.mocked(startWorkers).mockClear());

async function start(env: Record<string, string>, serve: boolean): Promise<void> {
  const config = loadConfig({ GATEWAY_DATA_DIR: directory.path, ...env });
  await using storage = await openStorage({ ...config, migrate: true });
  await using _app = await startApp({ config, storage, logger: createLogger('silent'), serve, work: true });
}

describe('a port that is taken is told at once, and no work is begun:', () => {
  const production = {
    NODE_ENV: 'production',
    GATEWAY_MIGRATE: 'auto',
    GATEWAY_SECRET: 'x'.repeat(32),
    GATEWAY_SIGNING_KEYS: newKeySet(),
    GATEWAY_PUBLIC_URL: 'https://gateway.example',
  };

  test.each([
    ['PORT', true],
    ['GATEWAY_WORKER_PORT', false],
  ])('%s', async (setting, serve) => {
    const startedAt = performance.now();
    const failed = start({ ...production, [setting]: `${port}` }, serve);
    await expect(failed).rejects.toThrow(`something else listens at 127.0.0.1:${port}: set ${setting} or HOST`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(startWorkers).not.toHaveBeenCalled();
  });
});

describe('PORT=0 without GATEWAY_PUBLIC_URL', () => {
  test('builds issuer and links from the port that was taken', async () => {
    await using gateway = await startGateway();
    const configuration = await fetch(`${gateway.url}/.well-known/openid-configuration`);
    expect(await configuration.json()).toMatchObject({ issuer: gateway.url });
    const { id, test: caller } = await gateway.workspace();
    const [email, redirectUri] = ['ada@example.com', 'https://app.example/verified'];
    await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [id, [redirectUri]]);
    const { id: customerId } = await caller.createCustomer({ email });
    await sendLink(caller, { customerId, email, redirectUri });
    const { link } = await (await openInbox(gateway.url, { key: caller.key })).messageTo(email);
    expect(link).toMatch(new RegExp(`^${gateway.url}/l/`));
    expect((await fetch(link ?? '')).status).toBe(200);
  });

  test('is refused by a process that serves nothing, which has no port, with what to set', async () => {
    await expect(start({ PORT: '0' }, false)).rejects.toThrow('set GATEWAY_PUBLIC_URL');
    expect(startWorkers).not.toHaveBeenCalled();
  });
});
