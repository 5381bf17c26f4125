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

test('a session that names its own customer is ended alone, unless it says everywhere', async () => {
  const { pool, statements } = fakeConnection(() => [{ id: 'one' }]);
  const session = { ...user, kind: 'CUSTOMER_SESSION', sessionId: 'session-1' } as const;
  await endSession({ pool } as Database, session, { ...nothing, customerId: 'ada' });
  await endSession({ pool } as Database, session, { ...nothing, customerId: 'ada', everywhere: true });
  expect(statements.map(({ parameters }) => parameters[2])).toEqual(['session-1', 'ada']);
});

test('a refresh token beside a customer is refused, and so is one that names what is no customer’s id', async () => {
  const { pool, statements } = fakeConnection(() => [{ id: 'one' }]);
  for (const customerId of ['ada', null]) {
    const ended = endSession({ pool } as Database, user, { ...nothing, refreshToken: 'token', customerId });
    await expect(ended).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { argument: 'input.customerId' } });
  }
  expect(statements).toEqual([]);
});

test('the token of another identity provider is of no session: it ends all of its customer’s, or is told to say so', async () => {
  const { pool, statements } = fakeConnection(() => [{ id: 'one' }, { id: 'two' }]);
  const database = { pool } as Database;
  await expect(endSession(database, user, nothing)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    details: { argument: 'input.everywhere' },
  });
  expect(statements).toEqual([]);
  expect(await endSession(database, user, { ...nothing, everywhere: true })).toBe(2);
  expect(await endSession(database, user, { ...nothing, customerId: 'ada' })).toBe(2);
  for (const { parameters } of statements) expect(parameters).toEqual(['workspace-1', 'TEST', 'ada']);
});
