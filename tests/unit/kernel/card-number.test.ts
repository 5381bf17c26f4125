import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCardNumber } from '../../../src/kernel/card-number.js';

/** Numbers that networks and processors publish for tests, 13 to 19 digits long. */
const NUMBERS = [
  '4222222222222',
  '30569309025904',
  '38520000023237',
  '36227206271667',
  '378282246310005',
  '371449635398431',
  '4242424242424242',
  '4111111111111111',
  '4000056655665556',
  '5555555555554444',
  '5105105105105100',
  '2223003122003222',
  '2720990000000007',
  '6011111111111117',
  '6011000990139424',
  '3530111333300000',
  '3566002020360505',
  '6200000000000005',
  '6304000000000000',
  '6759649826438453',
  '6362970000457013',
  '6799990100000000019',
  '4000000000000000006',
];

const inFours = (number: string, separator: string) => number.replaceAll(/\d{4}(?=\d)/g, `$&${separator}`);
const inScript = (zero: number) => (number: string) =>
  number.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

const SHAPES: [string, (number: string) => string][] = [
  ['bare', (number) => number],
  ...[
    ' ',
    '-',
    '.',
    '/',
    '_',
    ',',
    ':',
    '|',
    '+',
    '·',
    '–',
    '—',
    '\u00a0',
    '\u2009',
    '\u200b',
    '\u00ad',
    '\t',
    '\u0301',
    '☃',
    '  -  ',
  ].map((separator): [string, (number: string) => string] => [
    `in fours with ${JSON.stringify(separator)}`,
    (number) => inFours(number, separator),
  ]),
  ['with a dot behind every digit', (number) => number.replaceAll(/\d/g, '$&.')],
  ['behind a prefix', (number) => `card_${number}`],
  ['between letters', (number) => `tok${number}end`],
  ['in words', (number) => `Ada ${inFours(number, ' ')} Lovelace`],
  ['before an expiry', (number) => `${inFours(number, ' ')} 12/30`],
  ['before a security code', (number) => `${inFours(number, '-')} 123`],
  ['behind another number', (number) => `7 ${number}`],
  ['as JSON', (number) => `{"n":"${number}"}`],
  ['in wide digits', inScript(0xff10)],
  ['in mathematical digits', inScript(0x1d7ce)],
  ['in double-struck digits', inScript(0x1d7d8)],
  ['in Arabic digits', inScript(0x660)],
  ['in Persian digits', inScript(0x6f0)],
  ['in Devanagari digits', inScript(0x966)],
  ['in Bengali digits', inScript(0x9e6)],
  ['in Thai digits', inScript(0xe50)],
  ['in Adlam digits', inScript(0x1e950)],
  ['in superscripts', (number) => number.replaceAll(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] as string)],
  ['in subscripts', inScript(0x2080)],
  ['in two scripts', (number) => number.slice(0, 6) + inScript(0x660)(number.slice(6))],
  ['as all of a digest but its letters', (number) => number.padEnd(32, '0')],
];

describe('a card number is found', () => {
  test.each(SHAPES)('%s', (what, shape) => {
    const numbers = what.startsWith('as all')
      ? NUMBERS.filter((number) => number.length === 16 && /^[45]/.test(number))
      : NUMBERS;
    const missed = numbers.filter((number) => !hasCardNumber(shape(number)));
    expect(missed).toEqual([]);
  });

  test('glued to other digits, where it is one of a large network', () => {
    for (const number of NUMBERS.filter(
      (each) => /^(?:4|5[15]|3[47]|2)/.test(each) && [15, 16].includes(each.length),
    )) {
      for (const glued of [`${number}1230`, `${number}123`, `9${number}`, `00${number}00`]) {
        expect(hasCardNumber(glued), glued).toBe(true);
      }
    }
  });

  test('for any 12 to 18 digits with their check digit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{12,18}$/), (digits) => {
        const right = Array.from('0123456789', (check) => digits + check).filter((number) => hasCardNumber(number));
        return right.length >= 1;
      }),
    );
  });
});

describe('no card number is found in', () => {
  test.each([
    ['a number with a digit wrong', '4242424242424241'],
    ['a number with two digits exchanged', '5555555555545444'],
    ['twelve digits that pass', '424242424242'],
    ['twenty digits that begin with no issuer', '70000000000000000001'],
    ['last digits', '4242'],
    ['an expiry', '12/2030'],
    ['a phone number', '+49 1511 2345679'],
    ['digits with letters between', '4242a4242b4242c4242'],
    ['a Finix instrument', 'PIkxmtueemLD6dN9ZoWGHT44'],
    ['a Stripe method', 'pm_1NZ2XbLkdIwHu7ixQ5r9Fj0V'],
    ['a UUID', '01a1f9f3-2bb7-782f-bb89-9d961c4cf735'],
    ['a name', 'Zoë O’Neil-Þór the 3rd'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(hasCardNumber(text)).toBe(false);
  });

  test('digests and UUIDs, of which one in hundreds holds such digits by chance', () => {
    const digests = Array.from({ length: 20_000 }, (_, index) =>
      createHash('sha256').update(String(index)).digest('hex'),
    );
    const held = (text: string) => /\d{13,19}/.test(text);
    expect(digests.filter(held).length).toBeGreaterThan(100);
    expect(digests.filter(hasCardNumber)).toEqual([]);
    expect(digests.map((digest) => `fp_${digest}`).filter(hasCardNumber)).toEqual([]);
    expect(digests.map((digest) => digest.slice(0, 40).toUpperCase()).filter(hasCardNumber)).toEqual([]);
  });
});

test('an exception for digests is none for digits behind a prefix of hexadecimal letters', () => {
  expect(hasCardNumber(`facade_${'4242424242424242'.repeat(2)}`)).toBe(true);
  expect(hasCardNumber(`${'4242424242424242'.repeat(2)}`)).toBe(true);
});

test('a process blocked by digits: a text of 400,000 groups is read through once', () => {
  const { user } = process.threadCpuUsage();
  expect(hasCardNumber('_1'.repeat(400_000))).toBe(false);
  // Where each group copies those behind it, this takes minutes.
  expect((process.threadCpuUsage().user - user) / 1_000).toBeLessThan(5_000);
});

test('a process blocked by digits of another script: each is looked up once', () => {
  expect(hasCardNumber('\u0664\u0662'.repeat(8))).toBe(true);
  expect(hasCardNumber('\u0669'.repeat(12))).toBe(false);
});
