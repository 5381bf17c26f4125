import { describe, expect, test } from 'vitest';
import { OPENS_AFTER } from '../../../src/providers/breaker.js';
import { type DeliveryProvider, ProviderError } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import { fakeCarrier, fakeHolder } from '../fake-providers.js';

const channels = { SMS: { customText: true, senderId: true, languages: 'ANY' } } as const;
const carrier = (name: string, deliver?: DeliveryProvider['deliver']) => fakeCarrier(name, deliver, { channels });
const holder = fakeHolder('holder', {}, { channels });
const message = { id: '1', channel: 'SMS', recipient: '+1', senderName: '', subject: '', text: '' } as const;
const namesOf = (providers: readonly { name: string }[]) => providers.map(({ name }) => name);
const live = { channel: 'SMS', mode: 'LIVE' } as const;

describe('a route', () => {
  test('of a channel without a setting holds all that carry it, and none that holds a code of its own', () => {
    expect(namesOf(createRegistry([carrier('a'), holder, carrier('b')]).route(live))).toEqual(['a', 'b']);
  });

  test('that is configured keeps its order, and names whom it likes', () => {
    const registry = createRegistry([carrier('a'), holder, carrier('b')], { SMS: { names: ['holder', 'b', 'a'] } });
    expect(namesOf(registry.route(live))).toEqual(['holder', 'b', 'a']);
  });

  test('of a country goes before that of the channel', () => {
    const routes = { SMS: { names: ['a'], byCountry: { DE: ['b', 'a'] } } };
    const registry = createRegistry([carrier('a'), carrier('b')], routes);
    expect(namesOf(registry.route({ ...live, country: 'DE' }))).toEqual(['b', 'a']);
    expect(namesOf(registry.route({ ...live, country: 'FR' }))).toEqual(['a']);
  });

  test('of a channel that nobody carries is empty', () => {
    expect(createRegistry([carrier('a')]).route({ channel: 'EMAIL', mode: 'LIVE' })).toEqual([]);
  });

  test('never leads out of test mode, and never from live mode into it', () => {
    const registry = createRegistry([carrier('a'), { ...carrier('test'), mode: 'TEST' }], { SMS: { names: ['a'] } });
    expect(namesOf(registry.route({ channel: 'SMS', mode: 'TEST' }))).toEqual(['test']);
    expect(namesOf(registry.route(live))).toEqual(['a']);
    expect(() => createRegistry([{ ...carrier('test'), mode: 'TEST' }], { SMS: { names: ['test'] } })).toThrow(
      /PROVIDER_SMS/,
    );
  });

  test('to nobody stops the start', () => {
    expect(() => createRegistry([carrier('a')], { SMS: { names: ['b'] } })).toThrow(/PROVIDER_SMS names b/);
    expect(() => createRegistry([carrier('a')], { EMAIL: { names: ['a'] } })).toThrow(/PROVIDER_EMAIL names a/);
  });
});

test('whatever a holder of codes is asked goes through its circuit', async () => {
  const down = async () => Promise.reject(new ProviderError('DOWN', 'no'));
  const broken = { ...holder, start: down, check: down, resend: down, failOver: down, sendLink: down, cancel: down };
  const ref = {
    providerRef: '1',
    position: 0,
    channel: 'SMS',
    recipient: '+1',
    subject: { platformCustomerId: 'c' },
  } as const;
  const request = {
    ...message,
    ...ref,
    locale: 'en',
    codeLength: 6,
    timeoutSeconds: 600,
    maxAttempts: 3,
    appName: 'A',
  };
  for (const method of ['start', 'check', 'resend', 'failOver', 'sendLink', 'cancel'] as const) {
    const registry = createRegistry([broken], { SMS: { names: ['holder'] } });
    const [guarded] = registry.route(live) as (typeof broken)[];
    const ask = guarded?.[method] as (asked: unknown, signal: AbortSignal) => Promise<unknown>;
    for (let failed = 0; failed < OPENS_AFTER; failed += 1)
      await ask(request, AbortSignal.timeout(1_000)).catch(() => {});
    expect(registry.states(), method).toEqual([{ provider: 'holder', state: 'OPEN' }]);
  }
});

test('every provider has a circuit of its own, whose state can be asked', async () => {
  const down = async () => Promise.reject(new ProviderError('DOWN', 'no'));
  const registry = createRegistry([carrier('a', down), carrier('b')]);
  const [first, second] = registry.route(live) as DeliveryProvider[];
  for (let failed = 0; failed < OPENS_AFTER; failed += 1)
    await first?.deliver(message, AbortSignal.timeout(1_000)).catch(() => {});
  expect(await second?.deliver(message, AbortSignal.timeout(1_000))).toEqual({ status: 'SENT' });
  expect(registry.states()).toEqual([
    { provider: 'a', state: 'OPEN' },
    { provider: 'b', state: 'CLOSED' },
  ]);
});
