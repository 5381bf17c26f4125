import { expect, test } from 'vitest';
import type { Database } from '../../../src/entities/database.js';
import { endSession } from '../../../src/sessions/end.js';
import { fakeConnection } from '../fake-connection.js';
import { principal } from '../principals.js';

const user = principal({
  kind: 'USER_TOKEN',
  customerId: 'ada',
  keyId: undefined,
  scopes: ['self:read', 'self:write'],
});
const nothing = { refreshToken: undefined, everywhere: false, customerId: undefined };

test('the token of another identity provider is of no session: it ends all of its customer’s, or is told to say so', async () => {
  const { pool, statements } = fakeConnection(() => [{ id: 'one' }, { id: 'two' }]);
  const database = { pool } as Database;
  await expect(endSession(database, user, nothing)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    details: { argument: 'input.everywhere' },
  });
  expect(statements).toEqual([]);
  expect(await endSession(database, user, { ...nothing, everywhere: true })).toBe(2);
  expect(statements[0]?.parameters).toEqual(['workspace-1', 'TEST', 'ada']);
});
