import { describe, expect, test } from 'vitest';
import { checkedDetails } from '../../../src/customers/details.js';

const NOTHING = { umaAddress: undefined, region: undefined, currencies: undefined, locale: undefined };
const umaOf = (umaAddress: string) => checkedDetails({ ...NOTHING, umaAddress }).umaAddress;

describe('a UMA address', () => {
  const label = 'b'.repeat(63);
  test.each([
    ['$jane@example.com', '$jane@example.com'],
    ['jane@example.com', '$jane@example.com'],
    // One that the gateway made, of a gateway without a domain too.
    ['$019b3a4c5d6e7f8091a2b3c4d5e6f708@localhost', '$019b3a4c5d6e7f8091a2b3c4d5e6f708@localhost'],
    ['$j.a_n-e+1@pay.example.co.uk', '$j.a_n-e+1@pay.example.co.uk'],
    ['$jane@localhost:8080', '$jane@localhost:8080'],
    ['$jane@vasp1:1', '$jane@vasp1:1'],
    ['$jane@127.0.0.1:65535', '$jane@127.0.0.1:65535'],
    ['$jane@3com.example', '$jane@3com.example'],
    [`$jane@a.${label}`, `$jane@a.${label}`],
  ])('%s is kept as %s', (text, uma) => {
    expect(umaOf(text)).toBe(uma);
  });

  test('attack: the address of another customer in other letters is that address', () => {
    expect(umaOf('$Jane@EXAMPLE.com')).toBe(umaOf('$jane@example.com'));
  });

  test.each([
    '',
    '$',
    'x',
    '$@example.com',
    '$jane@',
    '$$jane@example.com',
    '$jane@-',
    '$jane@..',
    '$jane@a..b',
    '$jane@.example.com',
    '$jane@example.com.',
    '$jane@-a.example',
    '$jane@a-.example',
    '$jane@a_b.example',
    `$jane@${label}b.example`,
    '$jane@[::1]',
    '$jane@example.com:',
    '$jane@example.com:0',
    '$jane@example.com:080',
    '$jane@example.com:65536',
    '$jane@example.com:99999',
    '$jane@example.com\n',
    // The sign of the kelvin is a k in small letters.
    '$ja\u212ae@example.com',
    `$${'a'.repeat(65)}@example.com`,
    `$${'a'.repeat(64)}@${'b.'.repeat(94)}bb`,
  ])('%j is none: it is refused by name', (text) => {
    expect(() => umaOf(text)).toThrow('not a UMA address');
  });
});
