import { describe, expect, test } from 'vitest';
import { contactVerificationOf } from '../../../src/customers/contact-verification.js';
import type { ContactVerificationRule } from '../../../src/entities/workspace.js';

const BOTH: ContactVerificationRule = { region: 'EU', channels: ['EMAIL', 'PHONE'] };
const customer = (region: string | null, emailVerified = false, phoneVerified = false) => ({
  region,
  emailVerified,
  phoneVerified,
});

// europa.eu, "EU countries", since 1 February 2020.
const MEMBERS = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');

describe('a rule for the European Union', () => {
  test.each(MEMBERS)('holds in %s', (region) => {
    expect(contactVerificationOf([BOTH], customer(region))).toEqual({ email: 'PENDING', phone: 'PENDING' });
  });

  test('names 27 members', () => {
    expect(new Set(MEMBERS).size).toBe(27);
  });

  test.each(['GB', 'CH', 'NO', 'IS', 'LI', 'UA', 'TR', 'US', 'GG', 'GL'])('does not hold in %s', (region) => {
    expect(contactVerificationOf([BOTH], customer(region))).toBeNull();
  });

  test('holds for a customer whose region is the Union itself', () => {
    expect(contactVerificationOf([BOTH], customer('EU'))).toEqual({ email: 'PENDING', phone: 'PENDING' });
  });
});

describe('a customer', () => {
  test('is told each required contact by itself', () => {
    expect(contactVerificationOf([BOTH], customer('DE', true, false))).toEqual({ email: 'VERIFIED', phone: 'PENDING' });
    expect(contactVerificationOf([BOTH], customer('DE', false, true))).toEqual({ email: 'PENDING', phone: 'VERIFIED' });
    expect(contactVerificationOf([BOTH], customer('DE', true, true))).toEqual({ email: 'VERIFIED', phone: 'VERIFIED' });
  });

  test('is told null for a channel that is not required, verified or not', () => {
    const policy: ContactVerificationRule[] = [{ region: 'DE', channels: ['EMAIL'] }];
    expect(contactVerificationOf(policy, customer('DE', false, true))).toEqual({ email: 'PENDING', phone: null });
    expect(contactVerificationOf([{ region: 'DE', channels: ['PHONE'] }], customer('DE'))).toEqual({
      email: null,
      phone: 'PENDING',
    });
  });

  test('is told null as a whole where nothing is required, rather than an object of nulls', () => {
    expect(contactVerificationOf([], customer('DE'))).toBeNull();
    expect(contactVerificationOf([{ region: 'US', channels: ['EMAIL'] }], customer('DE', true, true))).toBeNull();
    expect(contactVerificationOf([{ region: 'DE', channels: [] }], customer('DE'))).toBeNull();
  });

  test('without a region is asked for nothing', () => {
    expect(contactVerificationOf([BOTH], customer(null))).toBeNull();
  });

  test('falls under every rule of their region: the Union’s and their country’s add up', () => {
    const policy: ContactVerificationRule[] = [
      { region: 'EU', channels: ['EMAIL'] },
      { region: 'FR', channels: ['PHONE'] },
    ];
    expect(contactVerificationOf(policy, customer('FR'))).toEqual({ email: 'PENDING', phone: 'PENDING' });
    expect(contactVerificationOf(policy, customer('DE'))).toEqual({ email: 'PENDING', phone: null });
  });
});
