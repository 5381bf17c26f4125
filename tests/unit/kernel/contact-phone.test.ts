import fc from 'fast-check';
import { type CountryCode, getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import mobileExamples from 'libphonenumber-js/mobile/examples';
import { describe, expect, test } from 'vitest';
import { type Contact, parsePhone, storedContact } from '../../../src/kernel/contact.js';

const contactOf = (text: string): Contact | undefined => {
  const parsed = parsePhone(text);
  return 'contact' in parsed ? parsed.contact : undefined;
};
const reasonOf = (text: string): string | undefined => {
  const parsed = parsePhone(text);
  return 'reason' in parsed ? parsed.reason : undefined;
};

describe('a phone number is understood', () => {
  test.each(['+14155550123', ' +1 (415) 555-0123 ', '+1-415-555-0123', '+1.415.555.0123', '+１４１５５５５０１２３'])(
    '%j is +14155550123',
    (text) => {
      expect(contactOf(text)).toMatchObject({ kind: 'PHONE', value: '+14155550123', identity: '+14155550123' });
    },
  );

  test('of Guernsey belongs to Guernsey although it starts with +44', () => {
    expect(contactOf('+447781000001')?.country).toBe('GG');
    expect(contactOf('+447400123456')?.country).toBe('GB');
    // Made up: in no range of any country, and taken in test mode alone.
    expect(contactOf('+15551234567')).toMatchObject({ country: 'US', assigned: false });
    expect(contactOf('+447700900123')).toMatchObject({ country: 'GB', assigned: false });
    // Everybody's, and given out: no country's.
    expect(contactOf('+80012345678')?.country).toBeUndefined();
  });

  test('of every country: its mobile example is assigned, not premium-rate, and of a country with its code', () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, mobileExamples)?.number ?? '';
      const contact = contactOf(example);
      expect(contact, example).toMatchObject({ value: example, assigned: true, premiumRate: false });
      expect(getCountryCallingCode(contact?.country as CountryCode)).toBe(getCountryCallingCode(country));
    }
  });

  test('keeps the leading zero that Italian landlines have for good', () => {
    expect(contactOf('+39 06 1234 5678')?.value).toBe('+390612345678');
  });
});

test('a number of the right length in no assigned range is possible and not assigned', () => {
  expect(contactOf('+15551234567')).toMatchObject({ value: '+15551234567', assigned: false });
  expect(contactOf('+14155550123')).toMatchObject({ assigned: true });
});

test.each(['+447012345678', '+447098765432'])(
  'toll fraud: %s is a personal number, which forwards to wherever its owner says: it is taken for none that was given out',
  (text) => {
    expect(contactOf(text)).toMatchObject({ value: text, assigned: false, premiumRate: false });
  },
);

test.each([
  ['a premium-rate number of the United States', '+19005550123'],
  ['a premium-rate number of the United Kingdom', '+449098790000'],
  ['a shared-cost number of the United Kingdom', '+448434000000'],
  ['a universal access number of Germany', '+4918500123456'],
  ['a pager of the United Kingdom', '+447640123456'],
])('toll fraud: %s is flagged', (_, text) => {
  expect(contactOf(text)).toMatchObject({ premiumRate: true });
});

test.each(['+14155550123 ext. 5', '+14155550123x5', '+14155550123;ext=5', '+14155550123#5', '+14155550123,,5'])(
  '%j has an extension, which no message reaches',
  (text) => {
    expect(reasonOf(text)).toBe('a number with an extension cannot receive a code');
  },
);

test.each(['+1415555012', '+1415555012345', '+49'])('%j has the wrong length', (text) => {
  expect(contactOf(text)).toBeUndefined();
});

test.each([
  '',
  '+',
  '14155550123',
  '0014155550123',
  'tel:+14155550123',
  'call +14155550123',
  '+14155550123 or +14155550124',
  '+14155550123,+14155550124',
  '+1415555012a',
  '+1-800-FLOWERS',
  '+999123456',
  '+14155550123;phone-context=+44',
])('%j is not E.164', (text) => {
  expect(contactOf(text)).toBeUndefined();
});

test('one that was stored and is none by now is still the same number: its messages are counted as before', () => {
  for (const value of ['+999123456', '+1415555012']) {
    expect(storedContact('PHONE', value)).toEqual({ kind: 'PHONE', value, identity: value });
  }
  expect(storedContact('PHONE', '+14155550123')).toEqual(contactOf('+14155550123'));
});

test('a trunk zero too many is refused: two parses of it would be two numbers, and two budgets', () => {
  expect(reasonOf('+4900151 12345678')).toBeDefined();
  expect(contactOf('+490151 12345678')?.value).toBe('+4915112345678');
});

test('whatever is accepted is E.164, and parses to itself', () => {
  const national = fc.string({ unit: fc.constantFrom(...'0123456789 -()'), minLength: 4, maxLength: 14 });
  fc.assert(
    fc.property(fc.constantFrom(...getCountries()), national, (country: CountryCode, digits) => {
      const contact = contactOf(`+${getCountryCallingCode(country)}${digits}`);
      if (!contact) return;
      expect(contact.value).toMatch(/^\+[1-9][0-9]{5,14}$/);
      expect(contactOf(contact.value)).toEqual(contact);
    }),
    { numRuns: 3_000 },
  );
});
