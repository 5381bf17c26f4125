import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createKey, type NewKey, revokeKey } from '../../../src/access/api-keys.js';
import { parseKey } from '../../../src/access/key-format.js';
import { PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../../../src/access/scopes.js';
import { fakeConnection } from '../fake-connection.js';

let rows: unknown[] = [];
const { pool, statements } = fakeConnection(() => rows);
const request: NewKey = { workspaceId: 'w', mode: 'LIVE', kind: 'SECRET', name: 'backend' };

beforeEach(() => {
  rows = [];
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
  });

  test.each<[string, NewKey['kind'], string]>([
    ['a scope that does not exist', 'SECRET', 'customers:delete'],
    ['the customer’s own scope', 'SECRET', 'self:read'],
    ['a secret key’s scope in a browser', 'PUBLISHABLE', 'customers:read'],
    ['verifications in a browser', 'PUBLISHABLE', 'verifications:write'],
  ])('cannot be given %s, and is not made then', async (_, kind, scope) => {
    const making = createKey(pool, { ...request, kind, scopes: ['sessions:write', scope] });
    await expect(making).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'scopes' } });
    expect(statements).toHaveLength(0);
  });
});

test('revoking tells whether there was a key to revoke', async () => {
  expect(await revokeKey(pool, 'id')).toBe(false);
  rows = [{ id: 'id' }];
  expect(await revokeKey(pool, 'id')).toBe(true);
  expect(statements[0]?.sql).toContain('revoked_at is null');
});
