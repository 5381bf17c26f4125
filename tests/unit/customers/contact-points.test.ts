import { expect, test } from 'vitest';
import { createContactPointLister } from '../../../src/customers/contact-points.js';
import { fakeConnection } from '../fake-connection.js';

const WORLD = { workspaceId: 'w', mode: 'TEST' } as const;

test('the contacts of a page of customers are one statement, and each customer gets their own', async () => {
  const { pool, statements } = fakeConnection(({ parameters }) =>
    (parameters[2] as string[])
      .filter((id) => id !== 'c3')
      .map((customer_id) => ({ id: `p of ${customer_id}`, customer_id, created_at: new Date() })),
  );
  const list = createContactPointLister(pool);
  const page = await Promise.all(Array.from({ length: 100 }, (_, index) => list(WORLD, `c${index}`)));
  expect(statements).toHaveLength(1);
  expect(page.map((points) => points.map(({ id }) => id))).toEqual(
    Array.from({ length: 100 }, (_, index) => (index === 3 ? [] : [`p of c${index}`])),
  );
});
