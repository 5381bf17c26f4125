import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsRange, type IpRange, parseAddress, parseRange } from '../../../src/kernel/ip-address.js';

const range = (text: string): IpRange => parseRange(text) ?? expect.fail(`${text} is no range`);
const address = (text: string): IpRange => parseAddress(text) ?? expect.fail(`${text} is no address`);

describe('a range is read', () => {
  test.each([
    ['192.0.2.1', 4, 32],
    ['10.0.0.0/8', 4, 8],
    ['0.0.0.0/0', 4, 0],
    ['2001:db8::/32', 6, 32],
    ['::/0', 6, 0],
    ['::1', 6, 128],
    ['64:ff9b::192.0.2.33', 6, 128],
    ['::ffff:192.0.2.1', 4, 32],
    ['::ffff:10.0.0.0/104', 4, 8],
    ['::FFFF:0A00:0/104', 4, 8],
  ])('%s', (text, version, prefix) => {
    expect(range(text)).toMatchObject({ version, prefix });
  });

  test.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.1/8',
    '::1/64',
    '2001:db8::/129',
    '::ffff:10.0.0.1/104',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '0x0a.0.0.1',
    '167772161',
    ' 10.0.0.1',
    '10.0.0.1\n',
    'fe80::1%eth0',
    '1::2::3',
    '[::1]',
    '10.0.0.1:80',
    'example.com',
    '*',
  ])('and %j is none', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });
});

describe('a range holds', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['192.0.2.1', '::ffff:c000:201', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['2001:db8::/32', '2001:0DB8:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF', true],
    ['2001:db8::/32', '2001:db9::', false],
  ])('%s: %s is %s', (outer, inner, expected) => {
    expect(holdsRange(range(outer), address(inner))).toBe(expected);
  });

  test('no wider range than itself, and itself', () => {
    expect(holdsRange(range('10.0.0.0/8'), range('10.0.0.0/8'))).toBe(true);
    expect(holdsRange(range('10.0.0.0/8'), range('10.1.0.0/16'))).toBe(true);
    expect(holdsRange(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(false);
  });

  test('an address exactly where they share the bits of the prefix', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const bitsOf = (parts: number[]) => parts.map((part) => part.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(octets, octets, fc.nat(32), (one, other, prefix) => {
        const kept = bitsOf(one).slice(0, prefix).padEnd(32, '0');
        const base = [0, 8, 16, 24].map((at) => Number.parseInt(kept.slice(at, at + 8), 2)).join('.');
        const expected = bitsOf(other).startsWith(bitsOf(one).slice(0, prefix));
        expect(holdsRange(range(`${base}/${prefix}`), address(other.join('.')))).toBe(expected);
      }),
    );
  });
});
