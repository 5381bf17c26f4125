import { expect, test } from 'vitest';
import { actorOf, auditOf, auditValues, commandActor, recordAudit } from '../../../src/access/audit.js';
import { fakeConnection } from '../fake-connection.js';
import { principal } from '../principals.js';

test('a key acts as itself, and a session or user token as its customer, whichever key is beside it', () => {
  expect(actorOf(principal({ keyId: 'k' }))).toEqual({ kind: 'SECRET_KEY', id: 'ApiKey:k' });
  for (const kind of ['CUSTOMER_SESSION', 'USER_TOKEN'] as const) {
    expect(actorOf(principal({ kind, keyId: 'k', customerId: 'c' }))).toEqual({ kind, id: 'Customer:c' });
  }
  expect(commandActor('keys create')).toEqual({ kind: 'COMMAND', id: 'keys create' });
});

const entry = {
  action: 'customer.updated',
  objectType: 'Customer',
  objectId: 'c',
  details: { changed: ['region'] },
} as const;

test('an event is of the world of its change, and has an id of its own', async () => {
  const { pool, statements } = fakeConnection(() => []);
  const world = { workspaceId: 'w', mode: 'LIVE' } as const;
  for (let count = 0; count < 2; count += 1) await recordAudit(pool, world, { kind: 'SECRET_KEY', id: 'k' }, entry);
  const [first, second] = statements.map(({ parameters }) => parameters);
  const told = ['SECRET_KEY', 'k', 'customer.updated', 'Customer', 'c', '{"changed":["region"]}'];
  expect(first).toEqual(['w', 'LIVE', expect.any(String), ...told]);
  expect(second?.[2]).not.toBe(first?.[2]);
});

test('an event that ends a statement has a place for each of its values', () => {
  const values = auditValues({ kind: 'SECRET_KEY', id: 'k' }, entry);
  const places = [...auditOf('changed', 11).matchAll(/\$(\d+)/g)].map(([, place]) => Number(place));
  expect(places).toEqual([1, 2, ...values.map((_, index) => 11 + index)]);
});
