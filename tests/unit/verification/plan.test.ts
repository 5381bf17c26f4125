import { describe, expect, test } from 'vitest';
import { CHANNELS, type Channel, contactKindOf } from '../../../src/entities/verification-step.js';
import type { ContactKind } from '../../../src/kernel/contact.js';
import { GatewayError } from '../../../src/kernel/errors.js';
import { checkBounds, noRecipient, parseRecipient } from '../../../src/verification/plan.js';

const plan = {
  channel: 'SMS' as Channel,
  recipient: undefined,
  locale: undefined,
  codeLength: 6,
  timeoutSeconds: 600,
  maxAttempts: 3,
};
const faultOf = (work: () => unknown) => {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof GatewayError ? { code: error.code, ...error.details } : error;
  }
};

describe('the bounds of a verification', () => {
  test.each([
    ['codeLength', 4, 12],
    ['timeoutSeconds', 30, 3600],
    ['maxAttempts', 1, 10],
  ] as const)('%s is taken from %i to %i, and refused outside rather than clamped', (name, min, max) => {
    const fault = { code: 'BAD_USER_INPUT', argument: `input.${name}`, reason: `must be ${min} to ${max}` };
    for (const value of [min, max]) expect(faultOf(() => checkBounds({ ...plan, [name]: value }))).toBeUndefined();
    for (const value of [min - 1, max + 1]) {
      expect(faultOf(() => checkBounds({ ...plan, [name]: value }))).toEqual(fault);
    }
  });

  test('a locale that is none is refused', () => {
    expect(faultOf(() => checkBounds({ ...plan, locale: 'en_US' }))).toMatchObject({ argument: 'input.locale' });
    expect(faultOf(() => checkBounds({ ...plan, locale: 'pt-br' }))).toBeUndefined();
  });
});

describe('a recipient', () => {
  test('is an address for EMAIL and a number for every other channel', () => {
    const kinds: ContactKind[] = ['EMAIL', 'PHONE', 'PHONE', 'PHONE'];
    expect(CHANNELS.map(contactKindOf)).toEqual(kinds);
  });

  test.each<[Channel, string, string]>([
    ['EMAIL', 'nonsense', 'input.email'],
    ['SMS', 'nonsense', 'input.phoneNumber'],
    ['WHATSAPP', 'a@example.com', 'input.steps.1.to'],
    ['EMAIL', '+14155550123', 'input.steps.0.to'],
    ['SMS', '+14155550123 ext. 5', 'input.phoneNumber'],
    ['SMS', '+19005550123', 'input.phoneNumber'],
    ['VOICE', '+19005550123', 'input.steps.9.to'],
  ])('by %s may not be %s, and the argument is named', (channel, text, argument) => {
    const fault = faultOf(() => parseRecipient(contactKindOf(channel), argument, text, false));
    expect(fault).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });

  test('in live mode is a number in use; in test mode any well-formed one', () => {
    expect(parseRecipient('PHONE', 'input.phoneNumber', '+15551234567', false).value).toBe('+15551234567');
    expect(faultOf(() => parseRecipient('PHONE', 'input.phoneNumber', '+15551234567', true))).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(parseRecipient('PHONE', 'input.phoneNumber', '+14155550123', true).value).toBe('+14155550123');
  });

  test('toll fraud: a premium-rate number is refused in live mode too', () => {
    expect(faultOf(() => parseRecipient('PHONE', 'input.phoneNumber', '+19005550123', true))).toMatchObject({
      reason: 'a premium-rate number receives no codes',
    });
  });

  test('that nobody named is asked for by the argument of the channel', () => {
    expect(faultOf(() => noRecipient('EMAIL', 'input.email'))).toMatchObject({ argument: 'input.email' });
    expect(faultOf(() => noRecipient('PHONE', 'input.phoneNumber'))).toMatchObject({ argument: 'input.phoneNumber' });
  });
});
