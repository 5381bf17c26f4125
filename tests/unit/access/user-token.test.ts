import { inspect } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Accepting, IssuerDirectory } from '../../../src/access/issuer-directory.js';
import { createIssuerKeys } from '../../../src/access/issuer-keys.js';
import { createUserTokenReader } from '../../../src/access/user-token.js';
import { makeKey, startIdentityProvider } from '../../support/identity-provider.js';
import { fakeConnection } from '../fake-connection.js';
import { principal } from '../principals.js';

let customers: unknown[];
let accepting: Accepting[];
let asked: number;
const { pool, statements } = fakeConnection(() => customers);
const directory: IssuerDirectory = {
  async find() {
    asked += 1;
    return accepting;
  },
  forget() {},
};

const provider = await startIdentityProvider();
afterAll(() => provider.close());
const documents = {
  faultOf: () => undefined,
  read: async () => ({ keys: provider.keys.map(({ publicJwk }) => publicJwk) }),
};
const reader = createUserTokenReader({
  pool,
  directory,
  keys: createIssuerKeys(documents, () => 0),
  ownIssuer: 'https://gateway.example',
});
const { workspace } = principal();
const trusting = { ...workspace, tokenIssuers: [provider.entry] };

beforeEach(() => {
  customers = [{ id: 'c', mode: 'LIVE' }];
  accepting = [{ workspaceId: 'w', workspace: trusting, issuer: provider.entry }];
  asked = 0;
  statements.length = 0;
});

const sign = () => provider.sign({ sub: 'ada' });

describe('a user token', () => {
  test('alone is one statement for its customer, in either mode', async () => {
    expect(await reader.read(await sign(), undefined, {})).toEqual({
      kind: 'USER_TOKEN',
      workspaceId: 'w',
      mode: 'LIVE',
      keyId: undefined,
      customerId: 'c',
      scopes: ['self:read', 'self:write'],
      persistedOnly: false,
      workspace: trusting,
    });
    expect(statements.map(({ parameters }) => parameters)).toEqual([['w', ['LIVE', 'TEST'], 'ada']]);
  });

  test('beside a key asks no other workspace than the key’s, in the key’s mode only', async () => {
    const key = principal({ workspaceId: 'k', mode: 'TEST', workspace: trusting, persistedOnly: true });
    customers = [{ id: 'c', mode: 'TEST' }];
    expect(await reader.read(await sign(), key, {})).toMatchObject({
      workspaceId: 'k',
      mode: 'TEST',
      keyId: 'key-1',
      persistedOnly: true,
    });
    expect(asked).toBe(0);
    expect(statements[0]?.parameters).toEqual(['k', ['TEST'], 'ada']);
  });

  test('stays with its principal for providers, and is in nothing that is written out', async () => {
    const token = await sign();
    const found = await reader.read(token, undefined, {});
    expect(found?.userToken).toBe(token);
    expect(JSON.stringify(found)).not.toContain(token);
    expect(inspect(found)).not.toContain(token);
    expect({ ...found }).not.toHaveProperty('userToken');
  });

  test('is not told to be ambiguous before its signature is checked', async () => {
    accepting = [...accepting, ...accepting];
    const forged = await provider.sign({ sub: 'ada' }, { key: await makeKey() });
    await expect(reader.read(forged, undefined, {})).rejects.toThrow('The token is not valid');
    await expect(reader.read(await sign(), undefined, {})).rejects.toThrow('X-Api-Key');
    expect(statements).toEqual([]);
  });
});

describe('a token is another reader’s', () => {
  test('when the gateway itself issued it, or nobody accepts its issuer: nothing is verified and nothing read', async () => {
    const own = await provider.sign({ sub: 'ada', iss: 'https://gateway.example' });
    expect(await reader.read(own, undefined, {})).toBeUndefined();
    expect(asked).toBe(0);
    accepting = [];
    expect(await reader.read(await sign(), undefined, {})).toBeUndefined();
    expect(await reader.read(await sign(), principal(), {})).toBeUndefined();
    expect(statements).toEqual([]);
  });
});
