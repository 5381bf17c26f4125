import { describe, expect, test } from 'vitest';
import { OWN_CODE } from '../../../src/providers/capabilities.js';
import type { DeliveryProvider, Provider, VerificationProvider } from '../../../src/providers/provider.js';
import { createRegistry, textCarriers } from '../../../src/providers/registry.js';
import { carriersOf, successorOf } from '../../../src/verification/carriers.js';
import { chooseProvider } from '../../../src/verification/choose-provider.js';

const email = (name: string, customText = true) => ({
  name,
  mode: 'LIVE' as const,
  capabilities: {
    ...OWN_CODE,
    channels: { EMAIL: { customText, senderId: false, languages: 'ANY' as const } },
    deliveryReports: false,
    idempotent: false,
  },
  probe: async () => {},
  close: async () => {},
});
const carrier = (name: string, customText = true): DeliveryProvider => ({
  ...email(name, customText),
  custody: 'GATEWAY',
  deliver: async () => ({ status: 'SENT' }),
});
const holder: VerificationProvider = {
  ...email('holder'),
  custody: 'PROVIDER',
  knownBy: 'ID',
  start: async () => ({}),
  check: async () => 'CORRECT',
};
const mail = { channel: 'EMAIL', mode: 'LIVE' } as const;
const terms = { locale: undefined, timeoutSeconds: 600, codeLength: 0, maxAttempts: 1 };
const asked = { path: 'input', kind: 'LINK', content: null, told: [] } as const;
const routed = (...providers: Provider[]) =>
  createRegistry(providers, { EMAIL: { names: providers.map(({ name }) => name) } });
const chosen = (...providers: Provider[]) => chooseProvider(routed(...providers), mail, terms, asked)?.name;
const names = (providers: readonly Provider[]) => providers.map(({ name }) => name);

describe('a link', () => {
  test('asks for no digits and no attempts: a provider’s bounds on codes are no reason to refuse it', () => {
    expect(chosen(carrier('a'))).toBe('a');
  });

  test('goes past a vendor that makes codes of its own, and past one that has words of its own', () => {
    expect(chosen(holder, carrier('templates', false), carrier('a'))).toBe('a');
  });

  test('has no provider where every one of them sends its own code or words', () => {
    expect(chosen(holder, carrier('templates', false))).toBeUndefined();
  });

  test('is taken over by such providers only, after a failed call and after a report', () => {
    const registry = routed(carrier('a'), holder, carrier('templates', false), carrier('b'));
    const step = {
      ...mail,
      ...terms,
      kind: 'LINK',
      recipient: 'ada@example.com',
      provider: 'a',
      content: null,
    } as const;
    const carried = { ...step, locale: 'en', send: 1 };
    expect(names(carriersOf(registry, carried))).toEqual(['a', 'b']);
    expect(successorOf(registry, carried)?.name).toBe('b');
  });
});

test('a code may go by a vendor that holds its own, and by one with words of its own', () => {
  const code = { ...terms, codeLength: 6 };
  const first = (...providers: Provider[]) =>
    chooseProvider(routed(...providers), mail, code, { ...asked, kind: 'CODE' })?.name;
  expect(first(holder, carrier('a'))).toBe('holder');
  expect(first(carrier('templates', false), carrier('a'))).toBe('templates');
});

test('what the gateway wrote goes by those of a route that carry it, in the order of the route', () => {
  const registry = routed(carrier('b'), holder, carrier('templates', false), carrier('a'));
  expect(names(textCarriers(registry, mail))).toEqual(['b', 'a']);
});
