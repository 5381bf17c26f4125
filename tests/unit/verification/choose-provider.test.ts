import { describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/providers/provider.js';
import { createRegistry, linkCarriers, textCarriers } from '../../../src/providers/registry.js';
import { carriersOf, successorOf } from '../../../src/verification/carriers.js';
import { chooseProvider } from '../../../src/verification/choose-provider.js';
import { fakeCarrier as carrier, fakeHolder, templateCarrier } from '../fake-providers.js';

const holder = fakeHolder('holder');
const linker = fakeHolder('linker', { sendLink: async () => {} });
const mail = { channel: 'EMAIL', mode: 'LIVE' } as const;
const terms = { locale: undefined, timeoutSeconds: 600, codeLength: 0, maxAttempts: 1 };
const asked = { path: 'input', recipient: 'input.email', kind: 'LINK', content: null, told: [] } as const;
const routed = (...providers: Provider[]) =>
  createRegistry(providers, { EMAIL: { names: providers.map(({ name }) => name) } });
const chosen = (...providers: Provider[]) => chooseProvider(routed(...providers), mail, terms, asked)?.name;
const names = (providers: readonly Provider[]) => providers.map(({ name }) => name);

describe('a link', () => {
  test('asks for no digits and no attempts: a provider’s bounds on codes are no reason to refuse it', () => {
    expect(chosen(carrier('a'))).toBe('a');
  });

  test('goes past a vendor that makes codes of its own, and past one that has words of its own', () => {
    expect(chosen(holder, templateCarrier('templates'), carrier('a'))).toBe('a');
  });

  test('goes by a vendor whose own link leads on to it', () => {
    expect(chosen(linker, carrier('a'))).toBe('linker');
  });

  test('by such a vendor has the same stand-ins at every message: whoever takes over mails the same link', () => {
    const registry = routed(linker, holder, carrier('a'));
    const step = {
      ...mail,
      ...terms,
      kind: 'LINK',
      recipient: 'ada@example.com',
      content: null,
      locale: 'en',
      isLocaleNamed: false,
    } as const;
    for (const send of [1, 2]) {
      expect(names(carriersOf(registry, { ...step, provider: 'linker', send }))).toEqual(['linker', 'a']);
      expect(names(carriersOf(registry, { ...step, provider: 'a', send }))).toEqual(['a', 'linker']);
    }
  });

  test('has no provider where every one of them sends its own code or words', () => {
    expect(chosen(holder, templateCarrier('templates'))).toBeUndefined();
  });

  test('is taken over by such providers only, after a failed call and after a report', () => {
    const registry = routed(carrier('a'), holder, templateCarrier('templates'), carrier('b'));
    const step = {
      ...mail,
      ...terms,
      kind: 'LINK',
      recipient: 'ada@example.com',
      provider: 'a',
      content: null,
    } as const;
    const carried = { ...step, locale: 'en', isLocaleNamed: false, send: 1 };
    expect(names(carriersOf(registry, carried))).toEqual(['a', 'b']);
    expect(successorOf(registry, carried)?.name).toBe('b');
  });
});

test('a code may go by a vendor that holds its own, and by one with words of its own', () => {
  const code = { ...terms, codeLength: 6 };
  const first = (...providers: Provider[]) =>
    chooseProvider(routed(...providers), mail, code, { ...asked, kind: 'CODE' })?.name;
  expect(first(holder, carrier('a'))).toBe('holder');
  expect(first(templateCarrier('templates'), carrier('a'))).toBe('templates');
});

test('a notice and a connect code go past a vendor that mails links of its own', () => {
  const registry = routed(linker, carrier('a'));
  expect(names(textCarriers(registry, mail))).toEqual(['a']);
  expect(names(linkCarriers(registry, mail))).toEqual(['linker', 'a']);
});

test('what the gateway wrote goes by those of a route that carry it, in the order of the route', () => {
  const registry = routed(carrier('b'), holder, templateCarrier('templates'), carrier('a'));
  expect(names(textCarriers(registry, mail))).toEqual(['b', 'a']);
});
