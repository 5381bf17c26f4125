import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientOf } from '../../../src/kernel/client-ip.js';
import { parseAddress } from '../../../src/kernel/ip-address.js';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::%eth0', '2001:db8:1:2::/64'],
  ['fe80::1%lo0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['1:2:3::6:7:8', '1:2:3:0::/64'],
  ['192.0.2.1:49152', '192.0.2.1'],
  ['[2001:db8:1:2::5]:49152', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::5]', '2001:db8:1:2::/64'],
  ['[::ffff:192.0.2.1]:49152', '192.0.2.1'],
  ['[fe80::1%eth0]:1', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

const group = fc.nat(0xffff).map((value) => value.toString(16));
const groups = (length: number) => fc.array(group, { minLength: length, maxLength: length });

test('a subscriber cannot multiply budgets with the 2^64 addresses of a /64', () => {
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (prefix, one, other) => {
      expect(clientOf([...prefix, ...one].join(':'))).toBe(clientOf([...prefix, ...other].join(':')));
    }),
  );
});

test('attack: budgets multiplied by what is no address: all of it is one client', () => {
  const texts = [
    '',
    'unknown',
    '_hidden',
    '192.0.2.1:x',
    '192.0.2.256:1',
    '1:2:3:4:5:6:7:8:49152',
    '[::1',
    '::1]:1',
    '[]',
  ];
  expect(new Set(texts.map(clientOf))).toEqual(new Set(['unknown']));
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(parseAddress(text) === undefined);
      expect(clientOf(text)).toBe('unknown');
    }),
  );
});

test('two subscribers never share a budget', () => {
  fc.assert(
    fc.property(groups(4), groups(4), groups(4), (one, other, rest) => {
      fc.pre(one.join() !== other.join());
      expect(clientOf([...one, ...rest].join(':'))).not.toBe(clientOf([...other, ...rest].join(':')));
    }),
  );
});

test('leading zeros, capitals and a compressed run of zeros do not make another client', () => {
  fc.assert(
    fc.property(groups(3), groups(4), (prefix, rest) => {
      const written = [...prefix, '0', ...rest];
      const padded = written.map((part) => part.padStart(4, '0').toUpperCase()).join(':');
      expect(clientOf(padded)).toBe(clientOf(written.join(':')));
      expect(clientOf(`${prefix.join(':')}::${rest.join(':')}`)).toBe(clientOf(written.join(':')));
    }),
  );
});
