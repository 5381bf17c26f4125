import type { Mode } from '../entities/columns.js';
import type { Channel } from '../entities/verification-step.js';
import type { DeliveryProvider } from './provider.js';

/** The providers of this process, in order of preference. */
export interface ProviderRegistry {
  /** The provider that takes a new step of this channel, or undefined where none is configured. */
  choose(channel: Channel, mode: Mode): DeliveryProvider | undefined;
  /** The provider that a step was given to. */
  find(name: string): DeliveryProvider | undefined;
  close(): Promise<void>;
}

export function createRegistry(providers: readonly DeliveryProvider[]): ProviderRegistry {
  return {
    choose: (channel, mode) =>
      providers.find((provider) => provider.mode === mode && provider.channels.includes(channel)),
    find: (name) => providers.find((provider) => provider.name === name),
    async close() {
      await Promise.all(providers.map((provider) => provider.close()));
    },
  };
}
