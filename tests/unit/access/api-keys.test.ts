import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createKey, type NewKey } from '../../../src/access/api-keys.js';
import { parseKey } from '../../../src/access/key-format.js';
import { PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../../../src/access/scopes.js';
import { fakeConnection } from '../fake-connection.js';

// As the insert answers: with the row that it was given.
const { pool, statements } = fakeConnection(({ parameters }) => {
  const [, mode, id, , , name, kind, scopes, persisted_only, merchant_id, allowed_ips, expires_at] = parameters;
  const never = { last_used_at: null, revoked_at: null };
  const moments = { ...never, created_at: '2026-11-21T00:00:00Z', expires_at };
  return [{ mode, id, name, kind, scopes, persisted_only, merchant_id, allowed_ips, ...moments }];
});
const request: NewKey = { workspaceId: 'w', mode: 'LIVE', kind: 'SECRET', name: 'backend' };

beforeEach(() => {
  statements.length = 0;
});

describe('a new key', () => {
  test('is stored as a hash: who reads the table cannot use it', async () => {
    const { secret } = await createKey(pool, request);
    const values = statements[0]?.parameters ?? [];
    expect(values).toContainEqual(hash('sha256', secret, 'buffer'));
    expect(values).toContain(parseKey(secret)?.lookup);
    expect(values.some((value) => String(value).includes(secret.slice(20)))).toBe(false);
  });

  test('is of the kind and mode that were asked for', async () => {
    const created = await createKey(pool, { ...request, kind: 'PUBLISHABLE', mode: 'TEST' });
    expect(created).toMatchObject({ kind: 'PUBLISHABLE', mode: 'TEST' });
    expect(parseKey(created.secret)).toMatchObject({ kind: 'PUBLISHABLE', mode: 'TEST' });
  });

  test('holds all that its kind may hold, unless it is narrowed', async () => {
    expect((await createKey(pool, request)).scopes).toEqual(SECRET_KEY_SCOPES);
    expect((await createKey(pool, { ...request, kind: 'PUBLISHABLE' })).scopes).toEqual(PUBLISHABLE_KEY_SCOPES);
    expect((await createKey(pool, { ...request, scopes: ['customers:read'] })).scopes).toEqual(['customers:read']);
    expect((await createKey(pool, { ...request, scopes: [] })).scopes).toEqual([]);
  });

  test.each<[string, NewKey['kind'], string]>([
    ['a scope that does not exist', 'SECRET', 'customers:delete'],
    ['the customer’s own scope', 'SECRET', 'self:read'],
    ['a secret key’s scope in a browser', 'PUBLISHABLE', 'customers:read'],
    ['verifications in a browser', 'PUBLISHABLE', 'verifications:write'],
  ])('cannot be given %s, and is not made then', async (_, kind, scope) => {
    const making = createKey(pool, { ...request, kind, scopes: ['sessions:write', scope] });
    await expect(making).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'input.scopes.1' } });
    await expect(making, 'what it says repeats the value').rejects.not.toThrow(scope);
    expect(statements).toHaveLength(0);
  });

  test.each<[string, Partial<NewKey>, string]>([
    ['no name', { name: '  ' }, 'input.name'],
    ['a name of 101 characters', { name: 'a'.repeat(101) }, 'input.name'],
    ['a name that turns around what stands behind it', { name: 'prod\u202eyek' }, 'input.name'],
    ['a name with an invisible character', { name: 'prod\u200b' }, 'input.name'],
    ['a name of two lines', { name: 'prod\nadmin' }, 'input.name'],
    ['an empty merchant', { merchantId: '' }, 'input.merchantId'],
    ['an empty list of addresses, which would be read as everybody', { allowedIps: [] }, 'input.allowedIps'],
    ['101 addresses', { allowedIps: new Array(101).fill('192.0.2.1') }, 'input.allowedIps'],
    ['a host name for an address', { allowedIps: ['192.0.2.1', 'example.com'] }, 'input.allowedIps.1'],
    ['a range with bits behind its prefix', { allowedIps: ['192.0.2.1/24'] }, 'input.allowedIps.0'],
  ])('cannot be given %s, and is not made then', async (_, change, argument) => {
    const making = createKey(pool, { ...request, ...change });
    await expect(making).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } });
    expect(statements).toHaveLength(0);
  });
});
