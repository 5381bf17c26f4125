import { expect, test } from 'vitest';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import type { Need } from '../../../src/providers/capabilities.js';
import { createRegistry } from '../../../src/providers/registry.js';
import { findUpstreamSteps } from '../../../src/verification/upstream-steps.js';
import { fakeConnection } from '../fake-connection.js';
import { fakeHolder } from '../fake-providers.js';

const WORLD = { workspaceId: 'w', mode: 'LIVE' } as const;
const userTokenKeys = deriveKeyRing(['u'.repeat(32)], 'user-token');
const vendor = (name: string, ...needs: Need[]) => fakeHolder(name, {}, { needs });
const providers = createRegistry([
  vendor('asks-nothing'),
  vendor('asks-email', 'email'),
  vendor('asks-token', 'userToken'),
  vendor('asks-both', 'email', 'userToken'),
]);

test('of the customer each vendor is told what it asks for, whatever the others of the verification ask for', async () => {
  const names = ['asks-nothing', 'asks-email', 'asks-token', 'asks-both'];
  const row = { identity: '+33612345678', platformCustomerId: 'p-1', email: 'ada@example.com', earlierRefs: [] };
  const { pool } = fakeConnection(() => names.map((provider, index) => ({ ...row, index, provider })));
  const steps = await findUpstreamSteps(pool, { providers, userTokenKeys }, WORLD, 'v', 'token-of-ada');
  expect(steps.map(({ provider, ref }) => [provider.name, ref.subject])).toEqual([
    ['asks-nothing', { platformCustomerId: 'p-1' }],
    ['asks-email', { platformCustomerId: 'p-1', email: 'ada@example.com' }],
    ['asks-token', { platformCustomerId: 'p-1', userToken: 'token-of-ada' }],
    ['asks-both', { platformCustomerId: 'p-1', email: 'ada@example.com', userToken: 'token-of-ada' }],
  ]);
});
