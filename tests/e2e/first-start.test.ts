/** A stranger with an empty machine: one command, and what it prints works. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { curl, curlCommands } from '../support/curl.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, postGraphql } from '../support/graphql-client.js';
import { runGateway, startProcess } from '../support/processes.js';

const parent = mkdtempSync(join(tmpdir(), 'gateway-e2e-'));
const directory = join(parent, 'not', 'there', 'yet');
const env = { GATEWAY_DATA_DIR: directory };
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const keyIn = (text: string, kind: 'sk' | 'pk') => new RegExp(`${kind}_test_[0-9A-Za-z]{50}`).exec(text)?.[0] ?? '';
const PLATFORM_ID = 'demo-customer';

test('P4: a first start that fails leaves no keys behind that nobody was shown: the next one prints them, and they work', async () => {
  using own = newDataDirectory();
  const fresh = { GATEWAY_DATA_DIR: own.path };
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const PORT = String((taken.address() as AddressInfo).port);
  const atTakenPort = await runGateway(['serve'], { ...fresh, PORT });
  expect(atTakenPort).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('set PORT or HOST') });
  const withoutKeys = await runGateway(['serve'], { ...fresh, PORT: '0', GATEWAY_SIGNING_KEYS: '{"keys": []}' });
  expect(withoutKeys).toMatchObject({ code: 1, stdout: '' });
  taken.close();

  await using gateway = await startProcess(['serve'], fresh);
  const commands = curlCommands(gateway.stdout());
  expect(commands).toHaveLength(3);
  for (const command of commands) expect(await curl(command)).not.toHaveProperty('errors');
  for (const [kind, is] of [
    ['sk', 'SECRET_KEY'],
    ['pk', 'PUBLISHABLE_KEY'],
  ] as const) {
    const key = keyIn(gateway.stdout(), kind);
    expect(dataOf(await postGraphql(gateway.url, '{ viewer { kind } }', {}, { key }))).toEqual({
      viewer: { kind: is },
    });
  }
});

// One after the other: what a later start finds is what an earlier one left.
describe('the embedded gateway', () => {
  let secretKey = '';

  test('P4: on its first start prints keys, and three commands that do the main job as they are', async () => {
    await using gateway = await startProcess(['serve'], env);
    const printed = gateway.stdout();
    secretKey = keyIn(printed, 'sk');
    const [send, confirm, read, ...more] = curlCommands(printed);
    expect(more).toEqual([]);
    expect(await curl(send ?? '')).toMatchObject({
      data: { sendEmailVerification: { __typename: 'VerificationSent', verification: { status: 'PENDING' } } },
    });
    expect(await curl(confirm ?? '')).toMatchObject({
      data: {
        confirmEmailVerification: {
          __typename: 'VerificationConfirmed',
          customer: { contactVerification: { email: 'VERIFIED', phone: 'PENDING' } },
        },
      },
    });
    expect(await curl(read ?? '')).toMatchObject({
      data: { customer: { platformCustomerId: PLATFORM_ID, contactVerification: { email: 'VERIFIED' } } },
    });
    const publishable = await postGraphql(gateway.url, '{ viewer { kind mode } }', {}, { key: keyIn(printed, 'pk') });
    expect(dataOf(publishable)).toEqual({ viewer: { kind: 'PUBLISHABLE_KEY', mode: 'TEST' } });
    expect(await gateway.end()).toMatchObject({ code: 0, signal: null });
  });

  test('started again beside a second workspace finds all as it was, prints no key but the link to the demo’s inbox, and does the whole main job', async () => {
    expect((await runGateway(['workspaces', 'create', '--name', 'Second'], env)).code).toBe(0);
    await using gateway = await startProcess(['serve'], env);
    expect(gateway.stdout()).not.toMatch(/[sp]k_test_/);
    expect(gateway.stdout()).toMatch(/\/inbox\?ticket=/);
    const caller = createCaller(gateway.url, secretKey);
    expect(await caller.call('customer', { platformCustomerId: PLATFORM_ID })).toMatchObject({
      contactVerification: { email: 'VERIFIED', phone: 'PENDING' },
    });
    const contacts = { email: 'bob@example.com', phone: '+33612345678', region: 'FR' };
    const { id: customerId } = await caller.createCustomer({ platformCustomerId: 'bob', ...contacts });
    await caller.sendEmail(customerId);
    await caller.sendPhone(customerId);
    await caller.call('confirmEmail', { input: { customerId, code: '123456' } });
    const { customer } = await caller.call('confirmPhone', { input: { customerId, code: '123456' } });
    expect(customer?.contactVerification).toEqual({ email: 'VERIFIED', phone: 'VERIFIED' });
    await gateway.end('SIGKILL');
    expect(existsSync(join(directory, 'owner.lock'))).toBe(true);
  });

  test('whose owner was killed is taken over by one of three that start at once, with all it had committed', async () => {
    await using started = new AsyncDisposableStack();
    const start = async () => started.use(await startProcess(['serve', '--json'], env));
    const starts = await Promise.allSettled([start(), start(), start()]);
    const [gateway, ...more] = starts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(more).toEqual([]);
    if (!gateway) throw new Error('None became the owner');
    expect(JSON.parse(gateway.stdout())).toEqual({ address: gateway.url });
    const bob = await createCaller(gateway.url, secretKey).call('customer', { platformCustomerId: 'bob' });
    expect(bob).toMatchObject({ contactVerification: { email: 'VERIFIED', phone: 'VERIFIED' } });

    for (const args of [['serve'], ['work'], ['serve', '--json']]) {
      const { code, stdout, stderr } = await runGateway(args, { ...env, PORT: '0' });
      const lines = stderr.trim().split('\n').length;
      expect({ args, code, stdout, lines }).toEqual({ args, code: 1, stdout: '', lines: 1 });
      expect(stderr).toContain(`process ${gateway.pid}`);
      expect(stderr).toContain(directory);
    }

    const mode = (name: string) => (statSync(join(directory, name)).mode & 0o777).toString(8);
    expect([mode('.'), mode('secret'), mode('owner.sock')]).toEqual(['700', '600', '600']);
  });
});
