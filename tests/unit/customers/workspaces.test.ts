import { expect, test } from 'vitest';
import { createWorkspaceFinder } from '../../../src/customers/workspaces.js';
import { fakeConnection } from '../fake-connection.js';

test('attack: a document that asks for the workspace under hundreds of names makes one statement', async () => {
  const { pool, statements } = fakeConnection(() => []);
  const find = createWorkspaceFinder(pool);
  const [one, other] = ['018f2c7e-0000-7000-8000-000000000001', '018f2c7e-0000-7000-8000-000000000002'];
  const asked = Array.from({ length: 400 }, () => find(one)).concat(find(other));
  expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]));
  expect(statements.map(({ parameters }) => parameters)).toEqual([[one], [other]]);
});
