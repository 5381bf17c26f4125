/** Providers in memory: they take what they are given, and know the channels that a test names. */
import { type Capabilities, type ChannelCapabilities, OWN_CODE } from '../../src/providers/capabilities.js';
import type { DeliveryProvider, VerificationProvider } from '../../src/providers/provider.js';

const WORDS: ChannelCapabilities = { customText: true, senderId: false, languages: 'ANY' };
const CHANNELS = { SMS: WORDS, EMAIL: WORDS };

const common = (name: string, capabilities: Partial<Capabilities>) => ({
  name,
  mode: 'LIVE' as const,
  capabilities: { ...OWN_CODE, channels: CHANNELS, deliveryReports: false, idempotent: false, ...capabilities },
  probe: async () => {},
  close: async () => {},
});

/** One that carries the gateway's code. */
export const fakeCarrier = (
  name: string,
  deliver: DeliveryProvider['deliver'] = async () => ({ status: 'SENT' }),
  capabilities: Partial<Capabilities> = {},
): DeliveryProvider => ({ ...common(name, capabilities), custody: 'GATEWAY', deliver });

/** One whose code is its own, and to which every guess is right. */
export const fakeHolder = (
  name: string,
  methods: Partial<VerificationProvider> = {},
  capabilities: Partial<Capabilities> = {},
): VerificationProvider => ({
  ...common(name, capabilities),
  custody: 'PROVIDER',
  knownBy: 'ID',
  start: async () => ({}),
  check: async () => 'CORRECT',
  ...methods,
});

/** One whose messages have words of its own. */
export const templateCarrier = (name: string): DeliveryProvider =>
  fakeCarrier(name, undefined, { channels: { EMAIL: { ...WORDS, customText: false } } });
