/** An operator makes secrets, and sees what an older one is still needed for. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseIn } from '../../src/entities/data-directory.js';
import { createCaller } from '../support/caller.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf } from '../support/graphql-client.js';
import { sendLink } from '../support/links.js';
import { startOwner } from '../support/owner.js';
import { runGateway, startProcess } from '../support/processes.js';
import { saved } from '../support/saved-methods.js';
import { webhooksOf } from '../support/webhooks.js';

const OLD = 'the secret that every process had until now';
const NEW = 'the secret that takes its place from now on';
const REDIRECT = 'https://app.acme.example/verified';

const owner = await startOwner({ GATEWAY_SECRET: OLD });
afterAll(() => owner[Symbol.asyncDispose]());
const { gateway } = owner;
const settings = (...secrets: string[]) => ({ ...owner.env, GATEWAY_SECRET: secrets.join() });

interface Status {
  place: number;
  keyIds: Record<string, string>;
  rows: Record<string, number>;
  removable: boolean;
}
interface Report {
  secrets: Status[];
  lost: { kind: string; keyId: string; count: number }[];
  untold: string[];
}

const NOTHING = { instruments: 0, webhookSecrets: 0, previousWebhookSecrets: 0, userTokens: 0, codes: 0, links: 0 };
const ALL = { ...NOTHING, instruments: 1, webhookSecrets: 1, previousWebhookSecrets: 1, links: 1 };

const status = (env: Record<string, string>, ...args: string[]) => runGateway(['secrets', 'status', ...args], env);
async function reportOf(env: Record<string, string>): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await status(env, '--json');
  expect({ stderr, document: /^[^\n]+\n$/.test(stdout) }).toEqual({ stderr: '', document: true });
  return { code, ...(JSON.parse(stdout) as Report) };
}

beforeAll(async () => {
  const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };
  const caller = createCaller(gateway.url, demo.secretKey);
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await caller.query(update, { input: { redirectUris: [REDIRECT] } }));
  const { id: customerId } = await caller.createCustomer();
  expect(await sendLink(caller, { customerId, email: 'ada@example.com', redirectUri: REDIRECT })).toMatchObject({
    __typename: 'VerificationSent',
  });
  await saved(caller, { customerId });
  const { endpoint } = await webhooksOf(caller).create({ url: 'https://receiver.example/hooks' });
  await webhooksOf(caller).rotate({ id: endpoint.id });
});

// One after the other: the last ones stop the server.
describe('secrets status', () => {
  test('beside the running server tells how much is under each secret, which stays unsaid', async () => {
    const before = await reportOf(settings(OLD));
    expect(before).toMatchObject({ code: 0, lost: [], secrets: [{ place: 1, rows: ALL, removable: false }] });
    const during = await reportOf(settings(NEW, OLD));
    expect(during).toMatchObject({
      code: 0,
      lost: [],
      secrets: [
        { place: 1, rows: NOTHING, removable: false },
        { place: 2, rows: ALL, removable: false },
      ],
    });
    expect(during.secrets[1]?.keyIds).toEqual(before.secrets[0]?.keyIds);
    expect(during.untold).toEqual(expect.arrayContaining([expect.stringContaining('notices in the queue')]));
    for (const env of [settings(NEW, OLD), settings(NEW)])
      for (const args of [[], ['--json']]) {
        const { stdout, stderr } = await status(env, ...args);
        for (const secret of [OLD, NEW]) expect(`${stdout}${stderr}`).not.toContain(secret);
      }
  });

  test('takes a secret that nothing is under for removable', async () => {
    const { code, secrets } = await reportOf(settings(OLD, NEW));
    expect({ code, removable: secrets.map(({ removable }) => removable) }).toEqual({
      code: 0,
      removable: [false, true],
    });
    expect((await status(settings(OLD, NEW))).stdout).toMatch(/^2 {2}nothing is under it: it can be removed/m);
  });

  test('warns and exits with 1 where something is under a secret that was removed too early', async () => {
    const { code, lost, secrets } = await reportOf(settings(NEW));
    expect({ code, rows: secrets.map(({ rows }) => rows) }).toEqual({ code: 1, rows: [NOTHING] });
    const { secrets: before } = await reportOf(settings(OLD));
    const kinds = ['instruments', 'webhookSecrets', 'previousWebhookSecrets', 'links'];
    expect(lost).toEqual(kinds.map((kind) => ({ kind, keyId: before[0]?.keyIds[kind], count: 1 })));
    const said = await status(settings(NEW));
    expect(said).toMatchObject({ code: 1, stderr: '' });
    expect(said.stdout.match(/^LOST /gm)).toHaveLength(kinds.length);
  });

  test('tells the same without a server, of the directory itself', async () => {
    const before = await reportOf(settings(NEW, OLD));
    await gateway.end();
    expect(await reportOf(settings(NEW, OLD))).toEqual(before);
  });

  test('looks for the secret of the data directory where none is set', async () => {
    using own = newDataDirectory();
    const env = { GATEWAY_DATA_DIR: own.path };
    await (await startProcess(['serve'], env)).end();
    expect(await reportOf(env)).toMatchObject({ code: 0, lost: [], secrets: [{ place: 1, rows: NOTHING }] });
  });
});

describe('secrets status refuses, with one line,', () => {
  const refused = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await status(env);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    return stderr;
  };

  test('an environment without a secret, and makes none: all that there is would look lost', async () => {
    using own = newDataDirectory();
    expect(await refused({ GATEWAY_DATA_DIR: own.path })).toContain('GATEWAY_SECRET is not set');
    expect(existsSync(`${own.path}/secret`)).toBe(false);
  });

  test('an environment in which DATABASE_URL was forgotten, and makes no database', async () => {
    using empty = newDataDirectory({ template: false });
    const env = { GATEWAY_DATA_DIR: join(empty.path, 'gateway'), GATEWAY_SECRET: OLD };
    const told = await refused(env);
    expect(told).toContain('There is no database yet: DATABASE_URL is not set');
    expect(told).toContain(env.GATEWAY_DATA_DIR);
    expect(readdirSync(empty.path)).toEqual([]);
  });

  test('a database without tables, and migrates nothing', async () => {
    using empty = newDataDirectory({ template: false });
    mkdirSync(databaseIn(empty.path));
    const env = { GATEWAY_DATA_DIR: empty.path, GATEWAY_SECRET: OLD };
    expect(await refused(env)).toContain('gateway migrate');
    expect(await refused(env)).toContain('gateway migrate');
  });
});

test('secrets create makes a secret that a process starts with, and another one each time', async () => {
  const make = async () => {
    const { code, stdout, stderr } = await runGateway(['secrets', 'create', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return (JSON.parse(stdout) as { secret: string }).secret;
  };
  const [first, second] = [await make(), await make()];
  expect(first).not.toBe(second);
  expect(Buffer.from(first, 'base64')).toHaveLength(32);
  const { code, stdout } = await runGateway(['secrets', 'create']);
  expect({ code, bytes: Buffer.from(stdout.trim(), 'base64').length }).toEqual({ code: 0, bytes: 32 });
  using own = newDataDirectory();
  const env = { GATEWAY_DATA_DIR: own.path, GATEWAY_SECRET: `${first},${second}` };
  await using process = await startProcess(['serve'], env);
  expect((await fetch(`${process.url}/readyz`)).status).toBe(200);
});
