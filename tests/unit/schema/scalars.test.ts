import { Kind, parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';
import { DateTime, EmailAddress, JSONObject, PhoneNumber } from '../../../src/schema/scalars.js';

describe('a text scalar', () => {
  test('takes any text, so that what it means is judged where it is used, with a coded error', () => {
    expect(EmailAddress.parseValue('nonsense')).toBe('nonsense');
    expect(PhoneNumber.parseLiteral({ kind: Kind.STRING, value: '+1' })).toBe('+1');
  });

  test('takes nothing else, and no text that fills the memory', () => {
    for (const value of [1, true, {}, ['a@example.com'], 'x'.repeat(2_049)]) {
      expect(() => EmailAddress.parseValue(value)).toThrow('EmailAddress must be a string of at most 2048 characters');
    }
    expect(() => PhoneNumber.parseLiteral({ kind: Kind.INT, value: '14155550123' })).toThrow('PhoneNumber');
  });
});

describe('DateTime', () => {
  test('is RFC 3339 in UTC with milliseconds', () => {
    expect(DateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(DateTime.parseValue('2026-11-20T12:00:00+02:00')).toEqual(new Date('2026-11-20T10:00:00Z'));
    expect(DateTime.parseValue('2028-02-29t23:59:59.123456z')).toEqual(new Date('2028-02-29T23:59:59.123Z'));
  });

  test.each([
    '2026-11-20',
    'yesterday',
    '',
    0,
    '2026-13-40T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-11-20T12:00:00',
    '2026-11-20T12:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T12:00:00+25:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
  ])('%j is none', (value) => {
    expect(() => DateTime.parseValue(value)).toThrow('DateTime must be RFC 3339');
  });
});

describe('JSONObject', () => {
  test('is an object, as a variable or written out', () => {
    expect(JSONObject.parseValue({ a: 1 })).toEqual({ a: 1 });
    for (const value of [null, [], 'text', 1]) expect(() => JSONObject.parseValue(value)).toThrow('must be an object');
    const literal = (text: string, variables = {}) => JSONObject.parseLiteral(parseValue(text), variables);
    expect(literal('{ a: 1, b: ["x", true, null], c: { d: $e } }', { e: 2.5 })).toEqual({
      a: 1,
      b: ['x', true, null],
      c: { d: 2.5 },
    });
    for (const text of ['[]', '"text"', '1', 'true']) expect(() => literal(text)).toThrow('must be an object');
  });
});
