import { expect, test } from 'vitest';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { ProviderError } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import { askUpstream, mayHaveCompared, Unanswered } from '../../../src/verification/ask-upstream.js';
import { fakeConnection } from '../fake-connection.js';
import { fakeHolder } from '../fake-providers.js';

const WORLD = { workspaceId: 'w', mode: 'LIVE' } as const;
const userTokenKeys = deriveKeyRing(['u'.repeat(32)], 'user-token');
const failing = (name: string, isAsked: boolean) =>
  fakeHolder(name, {
    check: async () => Promise.reject(new ProviderError('DOWN', `${name} is down`, undefined, undefined, isAsked)),
  });
const leftAlone = failing('left-alone', false);
const lost = failing('lost', true);

test.each([
  ['before', [leftAlone, lost]],
  ['behind', [lost, leftAlone]],
])(
  'brute force: of vendors that fail, one that may have compared the guess decides, %s one that was not asked',
  async (_, vendors) => {
    const providers = createRegistry(vendors);
    const row = { identity: '+33612345678', providerRef: 'r', sends: 1, status: 'SENT', earlierRefs: [], email: null };
    const { pool } = fakeConnection(() => vendors.map(({ name: provider }, index) => ({ ...row, index, provider })));
    const guess = {
      verificationId: 'v',
      identities: [row.identity],
      code: '000000',
      updatePrimary: false,
      userToken: undefined,
    };
    const error = await askUpstream(pool, { providers, userTokenKeys }, WORLD, guess).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Unanswered);
    expect((error as Unanswered).cause).toMatchObject({ reason: 'lost is down' });
    expect(mayHaveCompared((error as Unanswered).cause)).toBe(true);
  },
);
