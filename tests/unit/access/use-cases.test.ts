import { expect, test } from 'vitest';
import { bindAccess } from '../../../src/access/use-cases.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { fakeConnection } from '../fake-connection.js';
import { principal } from '../principals.js';

test('attack: a key that is revoked again and again empties nobody’s cache: the first time does', async () => {
  const answers = [{ is_first: true }, { is_first: false }, undefined];
  let forgotten = 0;
  const { pool } = fakeConnection(({ sql }) => {
    const row = /update api_key/.test(sql) ? answers.shift() : undefined;
    return row ? [{ id: 'key', scopes: [], ...row }] : [];
  });
  const database = { pool, transaction: (work) => work(pool as Transaction) } as Database;
  const keys = {
    read: async () => principal({}),
    forget() {
      forgotten += 1;
    },
  };
  const access = bindAccess({ database, keys });
  for (const after of [1, 1, 1]) {
    await access.revokeApiKey(principal({}), 'key');
    expect(forgotten).toBe(after);
  }
});
