import { describe, expect, test } from 'vitest';
import { createRegistry, textCarriers } from '../../../src/providers/registry.js';
import { carriersOf } from '../../../src/verification/carriers.js';
import { fakeCarrier as carrier, fakeHolder as holder } from '../fake-providers.js';

const step = {
  mode: 'LIVE',
  kind: 'CODE',
  channel: 'SMS',
  recipient: '+33612345678',
  content: null,
  locale: 'de-DE',
  isLocaleNamed: false,
  codeLength: 6,
  timeoutSeconds: 600,
  maxAttempts: 3,
} as const;
const providers = [carrier('a'), holder('b'), carrier('c'), holder('d')];
const registry = createRegistry(providers, { SMS: { names: ['a', 'b', 'c', 'd'] } });
const namesOf = (provider: string, send: number) =>
  carriersOf(registry, { ...step, provider, send }).map(({ name }) => name);

describe('U4: who stands in', () => {
  test('for a carrier: other carriers, at any message; never a holder of codes', () => {
    expect(namesOf('a', 1)).toEqual(['a', 'c']);
    expect(namesOf('c', 2)).toEqual(['c', 'a']);
  });

  test('for a vendor that holds the code: anybody, as long as nothing was sent', () => {
    expect(namesOf('b', 1)).toEqual(['b', 'c', 'd', 'a']);
  });

  test('for a vendor that has sent its code: nobody, because its code must stay good', () => {
    expect(namesOf('b', 2)).toEqual(['b']);
  });

  test('for one that is no longer configured: carriers', () => {
    expect(namesOf('gone', 1)).toEqual(['a', 'c']);
  });
});

test('U4: a language that was chosen for the recipient keeps nobody from taking over; one that the caller named does', () => {
  const english = { channels: { SMS: { customText: true, senderId: false, languages: ['en'] } } };
  const routed = createRegistry([holder('a'), holder('b', {}, english)], { SMS: { names: ['a', 'b'] } });
  const standingIn = (isLocaleNamed: boolean) =>
    carriersOf(routed, { ...step, provider: 'a', send: 1, isLocaleNamed }).map(({ name }) => name);
  expect(standingIn(false)).toEqual(['a', 'b']);
  expect(standingIn(true)).toEqual(['a']);
});

test('a notice and a connect code find carriers only', () => {
  expect(textCarriers(registry, { channel: 'SMS', mode: 'LIVE' }).map(({ name }) => name)).toEqual(['a', 'c']);
});
