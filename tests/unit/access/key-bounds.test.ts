import { describe, expect, test } from 'vitest';
import { type KeyBounds, refuseEscalation } from '../../../src/access/key-bounds.js';

const at = (hour: number) => new Date(Date.UTC(2027, 0, 1, hour));
const free: KeyBounds = {
  scopes: ['keys:write', 'customers:read'],
  persistedOnly: false,
  merchantId: null,
  allowedIps: null,
  expiresAt: null,
};
const forbids = (maker: Partial<KeyBounds>, other: Partial<KeyBounds>) => {
  try {
    refuseEscalation({ ...free, ...maker }, { ...free, ...other });
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'FORBIDDEN' });
    return true;
  }
};

describe('a key cannot make or renew one', () => {
  test.each<[string, Partial<KeyBounds>, Partial<KeyBounds>]>([
    ['with a scope that it does not hold', {}, { scopes: ['customers:read', 'customers:write'] }],
    ['that runs any operation, where it runs published ones only', { persistedOnly: true }, {}],
    ['of every merchant, where it acts for one', { merchantId: 'm1' }, {}],
    ['of another merchant', { merchantId: 'm1' }, { merchantId: 'm2' }],
    ['good from everywhere, where it is bound to addresses', { allowedIps: ['10.0.0.0/8'] }, {}],
    [
      'good from a wider range',
      { allowedIps: ['10.0.0.0/8', '192.0.2.1'] },
      { allowedIps: ['192.0.2.1', '10.0.0.0/7'] },
    ],
    ['good from one address more', { allowedIps: ['10.0.0.0/8'] }, { allowedIps: ['10.0.0.1', '2001:db8::1'] }],
    ['that outlives it', { expiresAt: at(1) }, { expiresAt: at(2) }],
    ['that never expires, where it does', { expiresAt: at(1) }, {}],
  ])('%s', (_, maker, other) => {
    expect(forbids(maker, other)).toBe(true);
  });
});

describe('a key can make and renew', () => {
  test.each<[string, Partial<KeyBounds>, Partial<KeyBounds>]>([
    ['its like', {}, {}],
    ['a narrower one', {}, { scopes: [], persistedOnly: true, merchantId: 'm1', expiresAt: at(1) }],
    ['one bound to addresses', {}, { allowedIps: ['0.0.0.0/0'] }],
    ['one of its own merchant', { merchantId: 'm1' }, { merchantId: 'm1' }],
    ['one within its ranges', { allowedIps: ['10.0.0.0/8'] }, { allowedIps: ['10.1.0.0/16', '::ffff:10.2.3.4'] }],
    ['one that ends with it', { expiresAt: at(1) }, { expiresAt: at(1) }],
  ])('%s', (_, maker, other) => {
    expect(forbids(maker, other)).toBe(false);
  });
});
