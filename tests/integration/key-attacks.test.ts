/** What the holder of a key, or of a stolen one, tries with it. */
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import type { NewKey } from '../../src/access/api-keys.js';
import { SECRET_KEY_SCOPES } from '../../src/access/scopes.js';
import { createKeyClient } from '../support/api-keys.js';
import { createCaller } from '../support/caller.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { webhooksOf } from '../support/webhooks.js';
import type { TestWorkspace } from '../support/workspace.js';

const gateway = await startGateway({ work: false });
const proxied = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1/32' }, work: false });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await proxied[Symbol.asyncDispose]();
});
afterEach(() => void vi.restoreAllMocks());

const clientOf = ({ test: caller }: TestWorkspace, key: string) =>
  createKeyClient({ query: (document, variables) => caller.query(document, variables, { key }) });
const keysOf = async (at: TestGateway, workspace: TestWorkspace) =>
  (await at.sql<{ n: number }>('select count(*)::int as n from api_key where workspace_id = $1', [workspace.id]))[0]?.n;
const inAnHour = async () => {
  const [row] = await gateway.sql<{ at: string | Date }>(`select now() + interval '1 hour' as at`);
  return new Date(row?.at as string);
};

const NARROWED: [string, Partial<NewKey>, Record<string, unknown>][] = [
  ['with few scopes', { scopes: ['keys:write', 'customers:read'] }, { scopes: ['keys:write', 'customers:read'] }],
  ['of one merchant', { merchantId: 'm1' }, { merchantId: 'm1' }],
  ['bound to an address', { allowedIps: ['127.0.0.0/8'] }, { allowedIps: ['127.0.0.1'] }],
  [
    'that expires',
    { expiresAt: await inAnHour() },
    { expiresAt: (await inAnHour()).toISOString().replace(/\.\d+/, '.000') },
  ],
];

describe('escalation: a narrowed key', () => {
  test.each(NARROWED)('%s cannot make an unnarrowed one', async (_, narrowing) => {
    const workspace = await gateway.workspace();
    const { secret } = await workspace.key(narrowing);
    const before = await keysOf(gateway, workspace);
    expect(errorOf(await clientOf(workspace, secret).create()).code).toBe('FORBIDDEN');
    expect(await keysOf(gateway, workspace)).toBe(before);
  });

  test.each(NARROWED)('%s cannot learn an unnarrowed one by rotating it', async (_, narrowing) => {
    const workspace = await gateway.workspace();
    const [{ secret }, victim] = await Promise.all([workspace.key(narrowing), workspace.key()]);
    const before = await keysOf(gateway, workspace);
    expect(errorOf(await clientOf(workspace, secret).rotate(`ApiKey:${victim.id}`)).code).toBe('FORBIDDEN');
    expect(await keysOf(gateway, workspace)).toBe(before);
    expect((await gateway.query('{ viewer { mode } }', {}, { key: victim.secret })).status).toBe(200);
  });

  test.each(NARROWED)('%s makes one as narrow as itself', async (_, narrowing, same) => {
    const workspace = await gateway.workspace();
    const { secret } = await workspace.key(narrowing);
    const made = dataOf(await clientOf(workspace, secret).create(same)).result;
    expect(made.key).toMatchObject(same);
  });

  test('makes no publishable key that carries for other services what itself does not', async () => {
    const workspace = await gateway.workspace();
    const { secret } = await workspace.key({ scopes: ['keys:write', 'sessions:write'] });
    const keys = clientOf(workspace, secret);
    expect(errorOf(await keys.create({ kind: 'PUBLISHABLE' })).code).toBe('FORBIDDEN');
    const made = dataOf(await keys.create({ kind: 'PUBLISHABLE', scopes: ['sessions:write'] })).result;
    expect(made.key.scopes).toEqual(['sessions:write']);
  });

  test('gains nothing over generations: what a key lost, its descendants do not have', async () => {
    const workspace = await gateway.workspace();
    let { secret } = await workspace.key();
    const scopes = [...SECRET_KEY_SCOPES];
    for (const lost of ['orders:read', 'customers:write', 'workspace:write'] as const) {
      scopes.splice(scopes.indexOf(lost), 1);
      ({ secret } = dataOf(await clientOf(workspace, secret).create({ scopes })).result);
      expect(errorOf(await clientOf(workspace, secret).create({ scopes: [...scopes, lost] })).code).toBe('FORBIDDEN');
    }
  });
});

describe('a stolen key that was revoked a moment ago, and that this process still has cached,', () => {
  test.each<
    [string, (keys: ReturnType<typeof createKeyClient>, own: string) => Promise<Parameters<typeof errorOf>[0]>]
  >([
    ['makes itself no successor', (keys) => keys.create()],
    ['is not rotated into a new one', (keys, own) => keys.rotate(own)],
  ])('%s', async (_, attack) => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    const keys = clientOf(workspace, secret);
    dataOf(await keys.list());
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
    const before = await keysOf(gateway, workspace);
    // Still cached: it reads, and the use case itself must look.
    dataOf(await keys.list());
    expect(errorOf(await attack(keys, `ApiKey:${id}`)).code).toBe('UNAUTHENTICATED');
    expect(await keysOf(gateway, workspace)).toBe(before);
  });
});

describe('a stolen key that was revoked a moment ago, and that this process still has cached, leaves nobody behind:', () => {
  test('it names no issuer whose tokens would be believed, makes no endpoint that is told of customers, and takes none over', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    const webhooks = webhooksOf(workspace.test);
    const { endpoint } = await webhooks.create({});
    const stolen = createCaller(gateway.url, secret);
    const theirs = webhooksOf(stolen);
    await theirs.list();
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
    const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { name } }';
    const attacks = [
      await stolen.query(update, { input: { name: 'Taken' } }),
      await theirs.ask('create', { url: 'https://attacker.example', includeContacts: true }),
      await theirs.ask('update', { id: endpoint.id, url: 'https://attacker.example' }),
      await theirs.ask('rotate', { id: endpoint.id }),
    ];
    for (const answer of attacks) expect(errorOf(answer).code).toBe('UNAUTHENTICATED');
    expect(await webhooks.list(), 'as it was').toEqual([endpoint]);
    expect(await theirs.list(), 'still cached: it reads').toEqual([endpoint]);
  });
});

describe('a key that expires', () => {
  test('while it is cached is refused from that moment on', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    await gateway.sql(`update api_key set expires_at = now() + interval '2 seconds' where id = $1`, [id]);
    const ask = () => gateway.query('{ viewer { mode } }', {}, { key: secret });
    expect((await ask()).status).toBe(200);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 2_000);
    await gateway.sql(`update api_key set expires_at = now() where id = $1`, [id]);
    expect(errorOf(await ask()).code).toBe('UNAUTHENTICATED');
  });

  test('by a second is refused', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    await gateway.sql(`update api_key set expires_at = now() - interval '1 second' where id = $1`, [id]);
    expect(errorOf(await gateway.query('{ viewer { mode } }', {}, { key: secret })).code).toBe('UNAUTHENTICATED');
  });
});

/** The status of a call with a key from an address that the proxy wrote. */
async function statusFrom(at: TestGateway, key: string, forwarded?: string) {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return (await at.query('{ viewer { mode } }', {}, { key, headers })).status;
}

describe('a key bound to addresses', () => {
  test('behind a trusted proxy is good from those of its clients alone', async () => {
    const { key } = await proxied.workspace();
    const { secret } = await key({ allowedIps: ['198.51.100.0/24', '2001:db8:1:2::7'] });
    const from = (address?: string) => statusFrom(proxied, secret, address);
    expect(await from('198.51.100.255')).toBe(200);
    expect(await from('::ffff:198.51.100.1')).toBe(200);
    expect(await from('2001:db8:1:2::7')).toBe(200);
    expect(await from('198.51.101.0')).toBe(401);
    // The neighbor in the same /64, which limits take for the same client.
    expect(await from('2001:db8:1:2::8')).toBe(401);
    expect(await from()).toBe(401);
    expect(await from('not an address')).toBe(401);
  });

  test('is opened by its address with the port that a proxy writes behind it', async () => {
    const { key } = await proxied.workspace();
    const { secret } = await key({ allowedIps: ['198.51.100.7', '2001:db8:1:2::7'] });
    for (const address of ['198.51.100.7:49152', '[2001:db8:1:2::7]:49152', '198.51.100.7:49152, 127.0.0.1:80'])
      expect(await statusFrom(proxied, secret, address)).toBe(200);
    for (const address of ['198.51.100.8:49152', '[2001:db8:1:2::8]:49152', '198.51.100.7:49152, 203.0.113.9:80'])
      expect(await statusFrom(proxied, secret, address)).toBe(401);
  });

  test('is not opened by what a client wrote before the proxy wrote', async () => {
    const { key } = await proxied.workspace();
    const { secret } = await key({ allowedIps: ['198.51.100.7'] });
    expect(await statusFrom(proxied, secret, '198.51.100.7, 203.0.113.9')).toBe(401);
    expect(await statusFrom(proxied, secret, '203.0.113.9, 198.51.100.7')).toBe(200);
  });

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip'])(
    'is not opened by a forged %s where no proxy is trusted',
    async (header) => {
      const { key } = await gateway.workspace();
      const { secret } = await key({ allowedIps: ['198.51.100.7'] });
      const value = header === 'forwarded' ? 'for=198.51.100.7' : '198.51.100.7';
      const answer = await gateway.query('{ viewer { mode } }', {}, { key: secret, headers: { [header]: value } });
      expect(answer.status).toBe(401);
    },
  );

  test('is refused beside a good key as well, and under Basic', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key({ allowedIps: ['198.51.100.7'] });
    const basic = `Basic ${Buffer.from(`ApiKey:${id}:${secret}`).toString('base64')}`;
    const attempts = [{ authorization: `Bearer ${workspace.test.key}`, 'x-api-key': secret }, { authorization: basic }];
    for (const headers of attempts) {
      expect((await gateway.query('{ viewer { mode } }', {}, { headers })).status).toBe(401);
    }
  });
});

test('a bad key learns nothing of why: unknown, revoked, expired, mistyped and of another address are one answer', async () => {
  const { key } = await gateway.workspace();
  const [revoked, expired, elsewhere, unknown] = await Promise.all([
    key(),
    key(),
    key({ allowedIps: ['198.51.100.7'] }),
    key(),
  ]);
  await gateway.sql('update api_key set revoked_at = now() where id = $1', [revoked.id]);
  await gateway.sql('update api_key set expires_at = now() where id = $1', [expired.id]);
  await gateway.sql('delete from api_key where id = $1', [unknown.id]);
  const secrets = [revoked, expired, elsewhere, unknown].map(({ secret }) => secret);
  const answers = await Promise.all(
    [...secrets, `${elsewhere.secret.slice(0, -1)}!`].map(async (secret) => {
      const { status, headers, body } = await gateway.query('{ viewer { mode } }', {}, { key: secret });
      const [error] = body.errors ?? [];
      const names = [...headers.keys()].filter((name) => name !== 'date').sort();
      return { status, names, message: error?.message, code: error?.extensions.code };
    }),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
});
