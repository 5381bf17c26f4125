/** Keys through the API: made, listed, rotated and revoked, each in its own world. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../../src/access/scopes.js';
import { type CreatedView, createKeyClient } from '../support/api-keys.js';
import { dump } from '../support/database-state.js';
import { type Answer, dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import type { TestWorkspace } from '../support/workspace.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const NOBODY = '01a1f9f3-2bb7-782f-bb89-9d961c4cf735';
const resultOf = <Of>(answer: Answer<{ result: Of }>): Of => dataOf(answer).result;
const viewer = (key: string) =>
  gateway.query<{ viewer: { kind: string; mode: string; scopes: string[] } }>(
    '{ viewer { kind mode scopes } }',
    {},
    { key },
  );
const isGood = async (key: string) => (await viewer(key)).status === 200;
/** The operations of another key of the workspace. */
const clientOf = ({ test: caller }: TestWorkspace, key: string) =>
  createKeyClient({ query: (document, variables) => caller.query(document, variables, { key }) });
const idOf = async ({ sql }: typeof gateway, secret: string) => {
  const [row] = await sql<{ id: string }>('select id from api_key where lookup = $1', [secret.slice(8, 20)]);
  return `ApiKey:${row?.id}`;
};
/** The time of the database, moved by seconds. */
const moment = async (seconds: number) => {
  const [row] = await gateway.sql<{ at: string | Date }>('select now() + make_interval(secs => $1) as at', [seconds]);
  return new Date(row?.at as string).toISOString();
};

describe('a key made through the API', () => {
  test('K1: works at once and holds all that its kind may hold, which viewer shows', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    for (const [kind, prefix, scopes] of [
      ['SECRET', 'sk_test_', SECRET_KEY_SCOPES],
      ['PUBLISHABLE', 'pk_test_', PUBLISHABLE_KEY_SCOPES],
    ] as const) {
      const { key, secret } = resultOf(await keys.create({ kind, name: '  Backend №1 ' }));
      expect(key).toMatchObject({ name: 'Backend №1', kind, mode: 'TEST', scopes, persistedOnly: false });
      expect(key).toMatchObject({ merchantId: null, allowedIps: null, expiresAt: null, revokedAt: null });
      expect(secret.startsWith(prefix)).toBe(true);
      expect(dataOf(await viewer(secret)).viewer).toEqual({ kind: `${kind}_KEY`, mode: 'TEST', scopes });
    }
  });

  test('K1: live keys make live keys', async () => {
    const { live } = await gateway.workspace();
    const { secret } = resultOf(await createKeyClient(live).create({ mode: 'LIVE' }));
    expect(secret).toMatch(/^sk_live_/);
    expect(dataOf(await viewer(secret)).viewer.mode).toBe('LIVE');
  });

  test('carries every property that it was made with', async () => {
    const { test: caller } = await gateway.workspace();
    const expiresAt = await moment(3_600);
    const properties = { scopes: ['keys:read'], merchantId: 'shop 7', expiresAt, allowedIps: ['127.0.0.0/8', '::1'] };
    const { key, secret } = resultOf(await createKeyClient(caller).create({ ...properties, persistedOnly: true }));
    expect(key).toMatchObject({ ...properties, persistedOnly: true });
    expect(errorOf(await viewer(secret)).code).toBe('OPERATION_NOT_ALLOWED');
  });

  test('shows its secret this once: no list, node or row of any table holds it', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const { key, secret } = resultOf(await keys.create());
    const shown = JSON.stringify([resultOf(await keys.list()), resultOf(await keys.node(key.id))]);
    for (const text of [shown, await dump(gateway.sql), gateway.logs.join('')]) {
      expect(text).not.toContain(secret.slice(20));
    }
  });

  test.each([
    ['a name of nothing', { name: ' ' }, 'input.name'],
    ['a name of 101 characters', { name: 'a'.repeat(101) }, 'input.name'],
    ['a scope that there is not', { scopes: ['keys:delete'] }, 'input.scopes.0'],
    ['a scope of customers', { scopes: ['self:read'] }, 'input.scopes.0'],
    ['a scope that no browser may hold', { kind: 'PUBLISHABLE', scopes: ['keys:read'] }, 'input.scopes.0'],
    ['an empty list of addresses', { allowedIps: [] }, 'input.allowedIps'],
    ['an address that is none', { allowedIps: ['127.0.0.1', 'all'] }, 'input.allowedIps.1'],
    ['an expiry in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 'input.expiresAt'],
  ])('cannot have %s', async (_, input, argument) => {
    const { test: caller } = await gateway.workspace();
    const before = resultOf(await createKeyClient(caller).list()).nodes.length;
    expect(errorOf(await createKeyClient(caller).create(input))).toMatchObject({ code: 'BAD_USER_INPUT', argument });
    expect(resultOf(await createKeyClient(caller).list()).nodes).toHaveLength(before);
  });
});

describe('K6: test and live are two worlds for keys too', () => {
  test('a key of one mode makes none of the other', async () => {
    const { test: caller, live } = await gateway.workspace();
    expect(errorOf(await createKeyClient(caller).create({ mode: 'LIVE' })).code).toBe('FORBIDDEN');
    expect(errorOf(await createKeyClient(live).create({ mode: 'TEST' })).code).toBe('FORBIDDEN');
  });

  test('a key of one mode sees, rotates and revokes none of the other', async () => {
    const { test: caller, live } = await gateway.workspace();
    const { key, secret } = resultOf(await createKeyClient(caller).create());
    const other = createKeyClient(live);
    expect(resultOf(await other.list()).nodes.map(({ mode }) => mode)).toEqual(['LIVE']);
    expect(resultOf(await other.node(key.id))).toBeNull();
    expect(await answerTo(other.rotate(key.id))).toEqual(await answerTo(other.rotate(`ApiKey:${NOBODY}`)));
    expect(await answerTo(other.revoke(key.id))).toEqual(await answerTo(other.revoke(`ApiKey:${NOBODY}`)));
    expect(await isGood(secret)).toBe(true);
  });
});

/** All of an answer but the id of its request. */
async function answerTo(asked: Promise<Answer<unknown>>) {
  const { body } = await asked;
  return JSON.stringify(body).replaceAll(/"requestId":"[^"]+"/g, '');
}

describe('K7: the keys of another workspace', () => {
  test('are exactly like none: not listed, not read, not rotated, not revoked', async () => {
    const [mine, theirs] = await Promise.all([gateway.workspace(), gateway.workspace()]);
    const { key, secret } = resultOf(await createKeyClient(theirs.test).create());
    const keys = createKeyClient(mine.test);
    expect(resultOf(await keys.list()).nodes.map(({ id }) => id)).not.toContain(key.id);
    expect(resultOf(await keys.node(key.id))).toBeNull();
    for (const call of [keys.rotate, keys.revoke]) {
      for (const id of [`ApiKey:${NOBODY}`, 'ApiKey:1', 'x', '', key.id.replace('ApiKey', 'Customer')]) {
        expect(await answerTo(call(key.id))).toEqual(await answerTo(call(id)));
      }
      expect(errorOf(await call(key.id)).code).toBe('NOT_FOUND');
    }
    expect(await isGood(secret)).toBe(true);
  });
});

describe('nobody but a secret key with the scope', () => {
  test.each([
    ['keys:write', ['createApiKey', 'rotateApiKey', 'revokeApiKey']],
    ['keys:read', ['apiKeys']],
  ])('manages keys: %s', async (scope, fields) => {
    const workspace = await gateway.workspace();
    const others = SECRET_KEY_SCOPES.filter((each) => each !== scope);
    const [narrow, publishable] = await Promise.all([
      workspace.key({ scopes: others }),
      workspace.key({ kind: 'PUBLISHABLE' }),
    ]);
    for (const { secret } of [narrow, publishable]) {
      const { create, rotate, revoke, list } = clientOf(workspace, secret);
      const calls = {
        createApiKey: create,
        rotateApiKey: () => rotate('x'),
        revokeApiKey: () => revoke('x'),
        apiKeys: list,
      };
      for (const field of fields) {
        expect(errorOf(await calls[field as keyof typeof calls]()), field).toMatchObject({ code: 'FORBIDDEN' });
      }
    }
  });
});

describe('the list of keys', () => {
  test('is newest first and in pages that meet without a gap', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const made: string[] = [await idOf(gateway, caller.key)];
    for (let count = 0; count < 4; count += 1) made.push(resultOf(await keys.create()).key.id);
    const seen: string[] = [];
    for (let after: string | null | undefined; ; ) {
      const page = resultOf(await keys.list({ first: 2, ...(after && { after }) }));
      seen.push(...page.nodes.map(({ id }) => id));
      expect(page.pageInfo.hasPreviousPage).toBe(after !== undefined);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(made.reverse());
  });

  test('has 100 in a page at most', async () => {
    const { test: caller } = await gateway.workspace();
    for (const first of [0, 101]) {
      expect(errorOf(await createKeyClient(caller).list({ first }))).toMatchObject({ argument: 'first' });
    }
  });

  test('shows keys that have ended', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const { key } = resultOf(await keys.create());
    await keys.revoke(key.id);
    const [listed] = resultOf(await keys.list()).nodes;
    expect(listed).toMatchObject({ id: key.id, revokedAt: expect.any(String) });
  });
});

describe('rotating a key', () => {
  test('makes one with the same properties, and the old one ends after the overlap', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const properties = { name: 'ci', scopes: ['customers:read'], merchantId: 'm1', allowedIps: ['127.0.0.1'] };
    const old = resultOf(await keys.create(properties));
    const [earliest, next] = [await moment(86_400), resultOf(await keys.rotate(old.key.id))];
    expect(next.key).toMatchObject({ ...properties, kind: 'SECRET', mode: 'TEST', expiresAt: null, revokedAt: null });
    expect(next.key.id).not.toBe(old.key.id);
    expect(next.secret).not.toBe(old.secret);
    expect(await Promise.all([old.secret, next.secret].map(isGood))).toEqual([true, true]);
    const ended = resultOf(await keys.node(old.key.id))?.expiresAt ?? '';
    expect(ended >= earliest && ended <= (await moment(86_400))).toBe(true);
  });

  test('without an overlap ends the old one at once', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const old = resultOf(await keys.create());
    expect(await isGood(old.secret)).toBe(true);
    const next = resultOf(await keys.rotate(old.key.id, 0));
    expect(await Promise.all([old.secret, next.secret].map(isGood))).toEqual([false, true]);
  });

  test('by itself works, and the overlap lets it go on', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    const next = resultOf(await clientOf(workspace, secret).rotate(`ApiKey:${id}`, 60));
    expect(await Promise.all([secret, next.secret].map(isGood))).toEqual([true, true]);
  });

  test('prolongs nothing: neither key lives longer than the old one would have', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const expiresAt = await moment(600);
    const old = resultOf(await keys.create({ expiresAt }));
    const next = resultOf(await keys.rotate(old.key.id, 604_800));
    expect(next.key.expiresAt).toBe(expiresAt);
    expect(resultOf(await keys.node(old.key.id))?.expiresAt).toBe(expiresAt);
  });

  test.each([-1, 604_801])('takes no overlap of %d seconds', async (overlapSeconds) => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const { key, secret } = resultOf(await keys.create());
    expect(errorOf(await keys.rotate(key.id, overlapSeconds))).toMatchObject({ argument: 'input.overlapSeconds' });
    expect(await isGood(secret)).toBe(true);
  });

  test.each<[string, (keys: ReturnType<typeof createKeyClient>, made: CreatedView) => Promise<unknown>]>([
    ['was revoked', (keys, { key }) => keys.revoke(key.id)],
    [
      'has expired',
      (_, { key }) => gateway.sql('update api_key set expires_at = now() where id = $1', [key.id.slice(7)]),
    ],
    ['was rotated before', (keys, { key }) => keys.rotate(key.id)],
  ])('that %s is a CONFLICT, and no key is made', async (_, end) => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const made = resultOf(await keys.create());
    await end(keys, made);
    const before = resultOf(await keys.list()).nodes.length;
    expect(errorOf(await keys.rotate(made.key.id))).toMatchObject({ code: 'CONFLICT', argument: 'input.id' });
    expect(resultOf(await keys.list()).nodes).toHaveLength(before);
  });
});

describe('revoking a key', () => {
  test('ends it at once in this process, and again changes nothing', async () => {
    const { test: caller } = await gateway.workspace();
    const keys = createKeyClient(caller);
    const { key, secret } = resultOf(await keys.create());
    expect(await isGood(secret)).toBe(true);
    const { revokedAt } = resultOf(await keys.revoke(key.id));
    expect(revokedAt).not.toBeNull();
    expect(await isGood(secret)).toBe(false);
    expect(resultOf(await keys.revoke(key.id)).revokedAt).toBe(revokedAt);
  });

  test('that is in use is its last call', async () => {
    const workspace = await gateway.workspace();
    const { id, secret } = await workspace.key();
    expect(resultOf(await clientOf(workspace, secret).revoke(`ApiKey:${id}`)).revokedAt).not.toBeNull();
    expect(await isGood(secret)).toBe(false);
  });
});

describe('lastUsedAt', () => {
  test('is told soon after the first use', async () => {
    await using other = await startGateway({ work: false });
    const { test: caller } = await other.workspace();
    const keys = createKeyClient(caller);
    const id = await idOf(other, caller.key);
    expect(resultOf(await keys.node(id))?.lastUsedAt).toBeNull();
    await vi.waitFor(async () => expect(resultOf(await keys.node(id))?.lastUsedAt).not.toBeNull(), 10_000);
  });
});
