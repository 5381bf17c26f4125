import { describe, expect, test } from 'vitest';
import { isLoopbackHost } from '../../../src/kernel/outbound-url.js';
import { isPublicAddress } from '../../../src/kernel/public-address.js';

describe('an address of the internet', () => {
  test.each(['1.1.1.1', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('an address of a special-purpose registry of IANA', () => {
  test.each([
    ['protocol assignments', ['192.0.0.1', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
    ['the first documentation network', ['192.0.2.0', '192.0.2.255'], ['192.0.3.0']],
    ['relays of 6to4', ['192.88.99.0', '192.88.99.255'], ['192.88.98.255', '192.88.100.0']],
    ['benchmarks', ['198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
    ['the second documentation network', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
    ['the third documentation network', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
    ['shared addresses', ['100.127.255.255'], ['100.63.255.255']],
    ['what is reserved', ['240.0.0.1'], ['223.255.255.255']],
    ['protocol assignments of IPv6', ['2001:1ff:ffff::1'], ['2001:200::1']],
    ['documentation of IPv6', ['3fff::1', '3fff:fff::1', '2001:db8:ffff::1'], ['3ffe::1', '2001:db9::1']],
  ])('%s: none of them is the internet’s, and those beside them are', (_, special, beside) => {
    expect(special.filter(isPublicAddress)).toEqual([]);
    expect(beside.filter((address) => !isPublicAddress(address))).toEqual([]);
  });
});

describe('an address behind the walls', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

test('only names of this machine are loopback hosts', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]']) expect(isLoopbackHost(host)).toBe(true);
  for (const host of ['localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '[::2]', '']) {
    expect(isLoopbackHost(host)).toBe(false);
  }
});
