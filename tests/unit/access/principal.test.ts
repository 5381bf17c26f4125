import { describe, expect, test } from 'vitest';
import { holdsScopes } from '../../../src/access/principal.js';
import { isScope, PUBLISHABLE_KEY_SCOPES, SECRET_KEY_SCOPES } from '../../../src/access/scopes.js';
import { principal } from '../principals.js';

describe('a secret key', () => {
  test('holds every scope but the customer’s own, unless it is narrowed', () => {
    const key = principal({ scopes: SECRET_KEY_SCOPES });
    for (const scope of SECRET_KEY_SCOPES) expect(holdsScopes(key, [[scope]]), scope).toBe(true);
    expect(holdsScopes(key, [['self:read']])).toBe(false);
    expect(holdsScopes(key, [['self:write']])).toBe(false);
  });

  test('that was narrowed holds what is left and nothing else', () => {
    const key = principal({ scopes: ['customers:read'] });
    expect(holdsScopes(key, [['customers:read']])).toBe(true);
    expect(holdsScopes(key, [['customers:write']])).toBe(false);
  });

  test('holds read and write of each of the twelve resources, and materialize', () => {
    expect(SECRET_KEY_SCOPES).toHaveLength(25);
    expect(new Set(SECRET_KEY_SCOPES).size).toBe(25);
    expect(SECRET_KEY_SCOPES).toContain('saved_methods:materialize');
  });
});

describe('a publishable key, which everybody can read in a browser', () => {
  test('can do nothing here but start and keep sessions, although it carries more', () => {
    const key = principal({ kind: 'PUBLISHABLE_KEY', scopes: PUBLISHABLE_KEY_SCOPES });
    const held = [...SECRET_KEY_SCOPES, 'self:read', 'self:write'].filter((scope) => holdsScopes(key, [[scope]]));
    expect(held).toEqual(['sessions:write']);
    expect(PUBLISHABLE_KEY_SCOPES).toContain('customers:write');
  });

  test('gains nothing from scopes that were put into its row by mistake', () => {
    const key = principal({ kind: 'PUBLISHABLE_KEY', scopes: [...SECRET_KEY_SCOPES, 'self:read'] });
    expect(holdsScopes(key, [['verifications:write'], ['customers:read'], ['self:read']])).toBe(false);
  });

  test('that lost sessions:write does not get it back from its kind', () => {
    expect(holdsScopes(principal({ kind: 'PUBLISHABLE_KEY', scopes: ['products:read'] }), [['sessions:write']])).toBe(
      false,
    );
  });
});

describe('the scopes of a customer for themselves', () => {
  const scopes = ['self:read', 'self:write'];

  test('are held by a principal with a customer', () => {
    const self = principal({ kind: 'USER_TOKEN', customerId: 'c', scopes });
    expect(holdsScopes(self, [['self:read', 'self:write']])).toBe(true);
  });

  test('are worth nothing without one, whoever carries them: there is no self to reach', () => {
    for (const kind of ['SECRET_KEY', 'CUSTOMER_SESSION', 'USER_TOKEN'] as const) {
      for (const scope of scopes) expect(holdsScopes(principal({ kind, scopes }), [[scope]]), kind).toBe(false);
    }
  });
});

describe('sets of scopes', () => {
  const key = principal({ scopes: ['keys:read', 'keys:write', 'customers:read'] });

  test('are alternatives, of which one must be held whole', () => {
    expect(holdsScopes(key, [['orders:read'], ['keys:read', 'keys:write']])).toBe(true);
    expect(holdsScopes(key, [['orders:read'], ['keys:read', 'orders:write']])).toBe(false);
  });

  test('ask for nothing where there are none', () => {
    expect(holdsScopes(principal({ kind: 'PUBLISHABLE_KEY', scopes: [] }), [])).toBe(true);
  });
});

test('a scope is one of the vocabulary, and nothing that merely looks like one', () => {
  for (const scope of [...SECRET_KEY_SCOPES, 'self:read', 'self:write']) expect(isScope(scope), scope).toBe(true);
  for (const text of ['', 'keys', 'keys:*', 'KEYS:READ', 'keys:delete', 'constructor', '__proto__']) {
    expect(isScope(text), text).toBe(false);
  }
});

test('what a publishable key may carry is part of what a secret key may carry', () => {
  for (const scope of PUBLISHABLE_KEY_SCOPES) expect(SECRET_KEY_SCOPES).toContain(scope);
});
