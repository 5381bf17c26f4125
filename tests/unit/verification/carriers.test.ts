import { describe, expect, test } from 'vitest';
import { OWN_CODE } from '../../../src/providers/capabilities.js';
import type { DeliveryProvider, VerificationProvider } from '../../../src/providers/provider.js';
import { createRegistry, textCarriers } from '../../../src/providers/registry.js';
import { carriersOf } from '../../../src/verification/carriers.js';

const SMS = { SMS: { customText: true, senderId: true, languages: 'ANY' } } as const;
const common = (name: string) => ({
  name,
  mode: 'LIVE' as const,
  capabilities: { ...OWN_CODE, channels: SMS, deliveryReports: false, idempotent: false },
  probe: async () => {},
  close: async () => {},
});
const carrier = (name: string): DeliveryProvider => ({
  ...common(name),
  custody: 'GATEWAY',
  deliver: async () => ({ status: 'SENT' }),
});
const holder = (name: string): VerificationProvider => ({
  ...common(name),
  custody: 'PROVIDER',
  knownBy: 'ID',
  start: async () => ({}),
  check: async () => 'INCORRECT',
});
const step = {
  mode: 'LIVE',
  kind: 'CODE',
  channel: 'SMS',
  recipient: '+33612345678',
  content: null,
  locale: 'en-US',
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

test('a notice and a connect code find carriers only', () => {
  expect(textCarriers(registry, { channel: 'SMS', mode: 'LIVE' }).map(({ name }) => name)).toEqual(['a', 'c']);
});
