import { expect, test } from 'vitest';
import { createStepLister } from '../../../src/verification/read.js';
import { fakeConnection } from '../fake-connection.js';

const WORLD = { workspaceId: 'w', mode: 'TEST' } as const;

test('the steps of a page of verifications are one statement, and each verification gets its own in their order', async () => {
  const { pool, statements } = fakeConnection(({ parameters }) =>
    (parameters[2] as string[])
      .filter((id) => id !== 'v3')
      .flatMap((verification_id) => [0, 1].map((index) => ({ verification_id, index, recipient: verification_id }))),
  );
  const list = createStepLister(pool);
  const page = await Promise.all(Array.from({ length: 100 }, (_, index) => list(WORLD, `v${index}`)));
  expect(statements).toHaveLength(1);
  for (const [index, steps] of page.entries()) {
    const own = index === 3 ? [] : [0, 1].map((step) => ({ index: step, recipient: `v${index}` }));
    expect(steps).toMatchObject(own);
    expect(steps).toHaveLength(own.length);
  }
});
