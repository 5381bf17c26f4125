import { describe, expect, test } from 'vitest';
import { faultOfClaims } from '../../../src/access/custom-claims.js';

describe('custom claims', () => {
  test('may be anything of JSON, five levels deep', () => {
    expect(faultOfClaims({})).toBeUndefined();
    expect(
      faultOfClaims({ tier: 'gold', 'https://shop.example/roles': ['a', { b: { c: { d: [null, 1.5, true] } } }] }),
    ).toBe('must be nested 5 deep at most');
    expect(
      faultOfClaims({ tier: 'gold', 'https://shop.example/roles': ['a', { b: { c: { d: null } } }] }),
    ).toBeUndefined();
  });

  test.each([
    'iss',
    'sub',
    'aud',
    'exp',
    'nbf',
    'iat',
    'jti',
    'azp',
    'client_id',
    'session_id',
    'scope',
    'amr',
    'mode',
  ])('cannot say %s', (name) => {
    expect(faultOfClaims({ [name]: 'x' })).toBe(`${name} is a claim of the gateway's own`);
    expect(faultOfClaims({ nested: { [name]: 'x' } })).toBeUndefined();
  });

  test('cannot say that a contact is verified, or who else acts', () => {
    for (const name of ['email_verified', 'phone_number_verified', 'act', 'cnf']) {
      expect(faultOfClaims({ [name]: true })).toBeDefined();
    }
  });

  test('hold no name of a prototype, at any depth', () => {
    for (const text of ['{"__proto__":1}', '{"a":{"__proto__":1}}', '{"a":[{"prototype":1}]}']) {
      expect(faultOfClaims(JSON.parse(text) as Record<string, unknown>)).toContain('__proto__');
    }
  });

  test('that are nested a thousand deep are refused without being written out', () => {
    const text = `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`;
    expect(faultOfClaims(JSON.parse(text) as Record<string, unknown>)).toBe('must be nested 5 deep at most');
  });
});
