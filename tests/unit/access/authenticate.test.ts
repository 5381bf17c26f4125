import { describe, expect, test } from 'vitest';
import { authenticate, type CredentialHeaders } from '../../../src/access/authenticate.js';
import type { KeyReader } from '../../../src/access/key-reader.js';
import type { Principal } from '../../../src/access/principal.js';
import { GatewayError } from '../../../src/kernel/errors.js';
import { principal } from '../principals.js';

const KEYS: Record<string, Principal> = {
  mine: principal({ keyId: '1', workspaceId: 'a', mode: 'TEST' }),
  second: principal({ keyId: '2', workspaceId: 'a', mode: 'TEST' }),
  narrowed: principal({ keyId: '5', workspaceId: 'a', mode: 'TEST', persistedOnly: true }),
  live: principal({ keyId: '3', workspaceId: 'a', mode: 'LIVE' }),
  stranger: principal({ keyId: '4', workspaceId: 'b', mode: 'TEST' }),
};

const reads: (readonly [string, string, string | undefined])[] = [];
const keys: KeyReader = {
  async read(secret, address, keyId) {
    reads.push([secret, address, keyId]);
    const found = KEYS[secret];
    if (!found) throw new GatewayError('UNAUTHENTICATED', 'unknown');
    return found;
  },
  forget: () => {},
};

const FROM = '192.0.2.1';
const readers = { keys, tokens: [] };
const idOf = async (headers: CredentialHeaders) => (await authenticate(readers, headers, FROM))?.keyId;
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('a credential is taken from', () => {
  test.each<[string, CredentialHeaders]>([
    ['a bearer token', { authorization: 'Bearer mine' }],
    ['a scheme in any case, with any space behind it', { authorization: 'bEARER   mine ' }],
    ['X-Api-Key', { 'x-api-key': 'mine' }],
    ['AccessKey', { authorization: 'AccessKey mine' }],
    ['HTTP Basic', basic('1:mine')],
    [
      'both headers at once, of which the bearer token decides',
      { authorization: 'Bearer mine', 'x-api-key': 'second' },
    ],
  ])('%s', async (_, headers) => {
    expect(await idOf(headers)).toBe('1');
  });

  test('HTTP Basic with an id that holds a colon: the last colon divides', async () => {
    expect(await idOf(basic('ApiKey:018f:mine'))).toBe('1');
    expect(reads.at(-1)).toEqual(['mine', FROM, 'ApiKey:018f']);
  });

  test('HTTP Basic hands the named id on to be checked, even where it is empty', async () => {
    await authenticate(readers, basic(':mine'), FROM);
    expect(reads.at(-1)).toEqual(['mine', FROM, '']);
  });
});

test('attack: a key that runs published operations only is not widened by a bearer token that runs any', async () => {
  const beside = (bearer: string, key: string) =>
    authenticate(readers, { authorization: `Bearer ${bearer}`, 'x-api-key': key }, FROM);
  expect(await beside('mine', 'narrowed')).toMatchObject({ keyId: '1', persistedOnly: true });
  expect(await beside('narrowed', 'mine')).toMatchObject({ keyId: '5', persistedOnly: true });
  expect(await beside('mine', 'second')).toMatchObject({ keyId: '1', persistedOnly: false });
});

test('no credential is nobody, which is not an error', async () => {
  expect(await authenticate(readers, {}, FROM)).toBeUndefined();
});

describe('a credential that is present and bad is refused, never anonymous', () => {
  test.each<[string, CredentialHeaders]>([
    ['an unknown key', { authorization: 'Bearer guess' }],
    ['an empty bearer token', { authorization: 'Bearer ' }],
    ['a scheme alone', { authorization: 'Bearer' }],
    ['an empty header', { authorization: '' }],
    ['an empty X-Api-Key', { 'x-api-key': '' }],
    ['a key without a scheme', { authorization: 'mine' }],
    ['an unknown scheme', { authorization: 'Digest mine' }],
    ['Basic without a colon', basic('mine')],
    ['Basic that is not base64', { authorization: 'Basic %%%' }],
    ['two X-Api-Key headers', { 'x-api-key': ['mine', 'mine'] }],
    ['a good bearer token beside a bad X-Api-Key', { authorization: 'Bearer mine', 'x-api-key': 'guess' }],
    ['a bad bearer token beside a good X-Api-Key', { authorization: 'Bearer guess', 'x-api-key': 'mine' }],
    ['an unknown scheme beside a good X-Api-Key', { authorization: 'Digest x', 'x-api-key': 'mine' }],
    ['keys of two workspaces', { authorization: 'Bearer mine', 'x-api-key': 'stranger' }],
    ['keys of the two modes of one workspace', { authorization: 'Bearer mine', 'x-api-key': 'live' }],
  ])('%s', async (_, headers) => {
    await expect(authenticate(readers, headers, FROM)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
