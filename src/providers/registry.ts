/** The providers of this process: which of them takes a step, each behind a circuit breaker of its own. */
import { CHANNELS, type Channel } from '../entities/verification-step.js';
import { type Clock, monotonicClock } from '../kernel/clock.js';
import type { Routes } from '../kernel/config-routes.js';
import type { Mode } from '../kernel/world.js';
import { aroundCalls, type Call } from './around-calls.js';
import { type Breaker, type BreakerState, createBreaker } from './breaker.js';
import { carries } from './capabilities.js';
import { createPermits } from './permits.js';
import type { DeliveryProvider, Provider } from './provider.js';

export interface ProviderState {
  readonly provider: string;
  readonly state: BreakerState;
}

export interface ProviderRegistry {
  /** The providers that may take a step, in order of preference; none where the channel is not configured. */
  route(step: RoutedStep): readonly Provider[];
  /** The provider that a step was given to. */
  find(name: string): Provider | undefined;
  /** Every provider. */
  all(): readonly Provider[];
  /** Whether each is being called, as this process sees it. */
  states(): readonly ProviderState[];
  /** Calls that wait for their turn are not made, so that a process can end; those under way go on. */
  endWaiting(): void;
  close(): Promise<void>;
}

export interface RoutedStep {
  readonly channel: Channel;
  readonly mode: Mode;
  /** Of a phone number: ISO 3166-1 alpha-2. */
  readonly country?: string | undefined;
}

/**
 * @param providers in the order that holds where a channel has no route: those that carry the gateway's code only,
 *   because a vendor that holds codes of its own is chosen by name
 * @throws {TypeError} for a route to a provider that is not there or does not carry the channel
 */
export function createRegistry(
  providers: readonly Provider[],
  routes: Routes = {},
  clock: Clock = monotonicClock,
): ProviderRegistry {
  const breakers = new Map(providers.map(({ name }) => [name, createBreaker(name, clock)]));
  const permits = new Map(
    providers.flatMap(({ name, concurrency }) =>
      concurrency === undefined ? [] : [[name, createPermits(name, concurrency)] as const],
    ),
  );
  const guarded = new Map(
    providers.map((provider) => {
      const { run } = breakers.get(provider.name) as Breaker;
      const turns = permits.get(provider.name);
      // `probe` goes past both: it is asked by an operator. The circuit comes second: once it opens, those that waited
      // for a server that hangs go to the next provider at once, and none that waits is the one call that may try.
      const guard = (call: Call): Call => {
        const unlessOpen: Call = (asked, signal) => run(() => call(asked, signal));
        return turns ? (asked, signal) => turns.run(signal, () => unlessOpen(asked, signal)) : unlessOpen;
      };
      return [provider.name, aroundCalls(provider, guard)];
    }),
  );
  const byDefault = (channel: Channel, mode: Mode): Provider[] =>
    [...guarded.values()].filter(
      (each) =>
        each.mode === mode && carries(each.capabilities, channel) && (mode === 'TEST' || each.custody === 'GATEWAY'),
    );
  const named = (channel: Channel, names: readonly string[]): Provider[] =>
    names.map((name) => {
      const provider = guarded.get(name);
      if (provider?.mode === 'LIVE' && carries(provider.capabilities, channel)) return provider;
      throw new TypeError(`PROVIDER_${channel} names ${name}, which is not configured for it.`);
    });
  const live = new Map(
    CHANNELS.map((channel) => {
      const { names, byCountry = {} } = routes[channel] ?? {};
      const countries = Object.entries(byCountry).map(([country, list]) => [country, named(channel, list)] as const);
      return [
        channel,
        { order: names ? named(channel, names) : byDefault(channel, 'LIVE'), countries: new Map(countries) },
      ];
    }),
  );

  return {
    route({ channel, mode, country }) {
      if (mode === 'TEST') return byDefault(channel, 'TEST');
      const route = live.get(channel);
      return route?.countries.get(country ?? '') ?? route?.order ?? [];
    },
    find: (name) => guarded.get(name),
    all: () => [...guarded.values()],
    states: () => [...breakers].map(([provider, breaker]) => ({ provider, state: breaker.state() })),
    endWaiting() {
      for (const turns of permits.values()) turns.endWaiting();
    },
    async close() {
      await Promise.all(providers.map((provider) => provider.close()));
    },
  };
}

/**
 * The providers of a route that carry whatever the gateway wrote, in its own words: a notice, a connect code.
 * Neither one that makes codes of its own, nor one that puts a code into words of its own.
 */
export function textCarriers(registry: ProviderRegistry, step: RoutedStep): DeliveryProvider[] {
  return registry.route(step).filter((provider) => carriesText(provider, step));
}

/** Those of a route by which a link goes: carriers of text, and vendors whose own link leads on to the gateway's. */
export function linkCarriers(registry: ProviderRegistry, step: RoutedStep): Provider[] {
  const carriesLink = (provider: Provider): boolean =>
    carriesText(provider, step) || (provider.custody === 'PROVIDER' && provider.sendLink !== undefined);
  return registry.route(step).filter(carriesLink);
}

const carriesText = (provider: Provider, { channel }: RoutedStep): provider is DeliveryProvider =>
  provider.custody === 'GATEWAY' && provider.capabilities.channels[channel]?.customText === true;

/** Whether a provider holds codes, and can be told that the verification of one was canceled. */
export function takesCancel(registry: ProviderRegistry, name: string): boolean {
  const provider = registry.find(name);
  return provider?.custody === 'PROVIDER' && provider.cancel !== undefined;
}
