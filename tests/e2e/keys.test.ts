/** An operator makes and ends keys, beside a running server and without one. */
import { afterAll, describe, expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { documentOf, startOwner } from '../support/owner.js';
import { runGateway, startProcess } from '../support/processes.js';

const owner = await startOwner();
afterAll(() => owner[Symbol.asyncDispose]());
const { gateway, env } = owner;

interface CreatedKey {
  id: string;
  secret: string;
  kind: string;
  mode: string;
  scopes: string[];
}

const viewer = (key: string) =>
  postGraphql<{ viewer: { scopes: string[] } }>(gateway.url, '{ viewer { kind mode scopes } }', {}, { key });
const create = (...args: string[]) => runGateway(['keys', 'create', ...args], env);

describe('beside the running embedded server', () => {
  test('the first start told its keys as one JSON document', async () => {
    type Started = { address: string; demo: { workspaceId: string; customerId: string; secretKey: string } };
    const { address, demo } = JSON.parse(gateway.stdout()) as Started;
    expect(address).toBe(gateway.url);
    expect(demo.customerId).toMatch(/^Customer:/);
    expect(demo.workspaceId).toBe((await workspaceOf(demo.secretKey)).id);
    expect(dataOf(await viewer(demo.secretKey))).toMatchObject({ viewer: { kind: 'SECRET_KEY', mode: 'TEST' } });
  });

  test('P4: a key works as soon as it is made, and not any more once it is revoked', async () => {
    const key = documentOf<CreatedKey>(await create('--kind', 'secret', '--mode', 'live', '--json'));
    expect(key).toMatchObject({ kind: 'secret', mode: 'live', id: expect.stringMatching(/^ApiKey:/) });
    expect(key.secret).toMatch(/^sk_live_/);
    const { viewer: seen } = dataOf(await viewer(key.secret));
    expect(seen).toMatchObject({ kind: 'SECRET_KEY', mode: 'LIVE', scopes: key.scopes });

    const revoked = await runGateway(['keys', 'revoke', key.id, '--json'], env);
    expect(documentOf(revoked)).toEqual({ id: key.id, revoked: true });
    expect(errorOf(await viewer(key.secret))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(documentOf(await runGateway(['keys', 'revoke', key.id, '--json'], env))).toMatchObject({ revoked: false });
  });

  test('a key that is not there cannot be revoked: whoever mistyped the id of a leaked one is told', async () => {
    for (const id of ['x', 'ApiKey:01900000-0000-7000-8000-000000000000']) {
      const revoked = await runGateway(['keys', 'revoke', id], env);
      expect(revoked).toMatchObject({ code: 1, stdout: '', stderr: 'gateway: There is no such key.\n' });
    }
  });

  test('a key can be narrowed, and can hold no more than its kind', async () => {
    const narrow = documentOf<CreatedKey>(
      await create('--kind', 'secret', '--mode', 'test', '--scopes', 'customers:read,verifications:read', '--json'),
    );
    expect(narrow.scopes).toEqual(['customers:read', 'verifications:read']);
    expect(dataOf(await viewer(narrow.secret)).viewer.scopes).toEqual(narrow.scopes);
    for (const scopes of ['customers:read', 'verifications:write', 'saved_methods:materialize', 'nonsense']) {
      const { code, stdout, stderr } = await create('--kind', 'publishable', '--mode', 'test', '--scopes', scopes);
      expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
      expect(stderr).toMatch(/^gateway: --scopes, entry 1: /);
    }
  });

  test('a key can be bound to addresses and to a time, beside the running server', async () => {
    const make = (...args: string[]) => create('--kind', 'secret', '--mode', 'test', ...args);
    const here = documentOf<CreatedKey>(
      await make('--expires', '2099-01-31', '--allowed-ips', '127.0.0.1, ::1', '--json'),
    );
    const elsewhere = documentOf<CreatedKey>(await make('--allowed-ips', '198.51.100.0/24', '--json'));
    expect(dataOf(await viewer(here.secret)).viewer.scopes).toEqual(here.scopes);
    expect(errorOf(await viewer(elsewhere.secret))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    const document = '{ apiKeys(first: 2) { nodes { id expiresAt allowedIps } } }';
    const { body } = await postGraphql(gateway.url, document, {}, { key: here.secret });
    expect(body.data).toEqual({
      apiKeys: {
        nodes: [
          { id: elsewhere.id, expiresAt: null, allowedIps: ['198.51.100.0/24'] },
          { id: here.id, expiresAt: '2099-01-31T00:00:00.000Z', allowedIps: ['127.0.0.1', '::1'] },
        ],
      },
    });
    for (const wrong of [
      ['--expires', 'tomorrow'],
      ['--expires', '2020-01-01'],
      ['--allowed-ips', 'all'],
    ]) {
      const { code, stdout, stderr } = await make(...wrong);
      expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    }
  });

  test('P4: an option that is refused is named as it was given, by the process that owns the database too', async () => {
    const wrong = {
      '--workspace': ['Workspace:0'],
      '--name': [''],
      '--scopes, entry 2': ['--scopes', 'customers:read,customers:raed'],
      '--merchant': [''],
      '--expires': ['2020-01-01'],
      '--allowed-ips, entry 1': ['--allowed-ips', 'all'],
    };
    for (const [told, given] of Object.entries(wrong)) {
      const args = given.length === 1 ? [told, ...given] : given;
      const { code, stdout, stderr } = await create('--kind', 'secret', '--mode', 'test', ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^gateway: ${told}: .+\n$`));
    }
    using own = newDataDirectory();
    const alone = await runGateway(['workspaces', 'create', '--name', ''], { GATEWAY_DATA_DIR: own.path });
    expect(alone).toMatchObject({ code: 1, stdout: '', stderr: 'gateway: --name: must be 1 to 50 characters\n' });
    const late = await runGateway(['keys', 'rotate', (await anyKey()).id, '--overlap', '700000'], env);
    expect(late).toMatchObject({ code: 1, stdout: '', stderr: 'gateway: --overlap: must be 0 to 604800\n' });
  });

  test('what the operator does is in the audit log of the key’s mode', async () => {
    const key = documentOf<CreatedKey>(await create('--kind', 'secret', '--mode', 'test', '--json'));
    await runGateway(['keys', 'revoke', key.id], env);
    await runGateway(['keys', 'revoke', key.id], env);
    const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };
    const document = `query ($id: ID) { auditEvents(objectId: $id) { nodes { actorKind actorId action } } }`;
    const ask = async (id: string) =>
      (await postGraphql(gateway.url, document, { id }, { key: demo.secretKey })).body.data?.['auditEvents'];
    const by = (actorId: string, action: string) => ({ actorKind: 'COMMAND', actorId, action });
    expect(await ask(key.id)).toEqual({
      nodes: [by('keys revoke', 'api_key.revoked'), by('keys create', 'api_key.created')],
    });
    expect(await ask(await firstWorkspace())).toEqual({ nodes: [by('serve', 'workspace.created')] });
  });

  test('P4: without --workspace a key is the demo’s, also where there are others, one of them of its name', async () => {
    const made = documentOf<{ id: string; name: string }>(
      await runGateway(['workspaces', 'create', '--name', 'Second', '--json'], env),
    );
    expect(made).toEqual({ id: expect.stringMatching(/^Workspace:/), name: 'Second' });
    await runGateway(['workspaces', 'create', '--name', 'Demo'], env);
    const unnamed = documentOf<CreatedKey>(await create('--kind', 'secret', '--mode', 'test', '--json'));
    expect(await workspaceOf(unnamed.secret)).toEqual({ id: await firstWorkspace(), name: 'Demo' });
    const key = documentOf<CreatedKey>(
      await create('--workspace', made.id, '--kind', 'secret', '--mode', 'test', '--json'),
    );
    expect(await workspaceOf(key.secret)).toEqual(made);
  });

  test('a workspace that does not exist gets no key', async () => {
    const { code, stdout, stderr } = await create(
      '--workspace',
      'Workspace:01a1f9f3-2bb7-782f-bb89-9d961c4cf735',
      '--kind',
      'secret',
      '--mode',
      'test',
    );
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    expect(stderr).not.toMatch(/insert into|constraint|\bat \//);
  });

  test('without --json the secret is shown to a person, this once', async () => {
    const { code, stdout } = await create(
      '--workspace',
      await firstWorkspace(),
      '--kind',
      'publishable',
      '--mode',
      'test',
    );
    expect(code).toBe(0);
    const [, secret = ''] = stdout.split('\n');
    expect(dataOf(await viewer(secret))).toMatchObject({ viewer: { kind: 'PUBLISHABLE_KEY' } });
  });
});

describe('without a server', () => {
  test('a key is made in the directory itself, and the next server knows it', async () => {
    using own = newDataDirectory();
    const alone = { GATEWAY_DATA_DIR: own.path };
    expect((await runGateway(['workspaces', 'create', '--name', 'Acme'], alone)).code).toBe(0);
    const key = documentOf<CreatedKey>(
      await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'test', '--json'], alone),
    );
    await using later = await startProcess(['serve'], alone);
    const { body } = await postGraphql(later.url, '{ viewer { workspace { name } } }', {}, { key: key.secret });
    expect(body.data).toEqual({ viewer: { workspace: { name: 'Acme' } } });
  });

  test('where there are several workspaces and none is the demo, a key must name its own', async () => {
    using own = newDataDirectory();
    const alone = { GATEWAY_DATA_DIR: own.path };
    for (const name of ['Demo', 'Acme'])
      expect((await runGateway(['workspaces', 'create', '--name', name], alone)).code).toBe(0);
    const { code, stdout, stderr } = await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'test'], alone);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    expect(stderr).toContain('workspace');
  });
});

async function workspaceOf(key: string): Promise<{ id: string; name: string }> {
  const document = '{ viewer { workspace { id name } } }';
  type Seen = { viewer: { workspace: { id: string; name: string } } };
  return dataOf(await postGraphql<Seen>(gateway.url, document, {}, { key })).viewer.workspace;
}

const anyKey = async () => documentOf<CreatedKey>(await create('--kind', 'secret', '--mode', 'test', '--json'));

async function firstWorkspace(): Promise<string> {
  const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };
  return (await workspaceOf(demo.secretKey)).id;
}
