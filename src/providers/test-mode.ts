/** The provider of test mode, and the recipients that force what becomes of a message. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Capabilities, OWN_CODE } from './capabilities.js';
import { type DeliveryProvider, ProviderError } from './provider.js';

/** Recipients of test mode that force an outcome. Any other one delivers. */
export const MAGIC_RECIPIENTS = {
  UNDELIVERABLE: ['+15005550001', 'undeliverable@test.invalid'],
  SLOW: ['+15005550002', 'slow@test.invalid'],
  BLOCKED: ['+15005550003', 'blocked@test.invalid'],
  EXPIRED: ['+15005550004', 'expired@test.invalid'],
  OUTAGE: ['+15005550005', 'outage@test.invalid'],
} as const;

export type Magic = keyof typeof MAGIC_RECIPIENTS;

/** What a recipient of test mode forces, or undefined. */
export function magicOf(identity: string): Magic | undefined {
  const names = Object.keys(MAGIC_RECIPIENTS) as Magic[];
  return names.find((name) => (MAGIC_RECIPIENTS[name] as readonly string[]).includes(identity));
}

const SLOW_MS = 5_000;

const EVERYTHING = { customText: true, senderId: true, languages: 'ANY' } as const;
const CAPABILITIES: Capabilities = {
  ...OWN_CODE,
  channels: { EMAIL: EVERYTHING, SMS: EVERYTHING, WHATSAPP: EVERYTHING, VOICE: EVERYTHING },
  deliveryReports: false,
  idempotent: true,
};

/** Test mode on every channel: nothing leaves the process, and every message has arrived at once. */
export function testModeProvider(): DeliveryProvider {
  return {
    name: 'test-mode',
    mode: 'TEST',
    custody: 'GATEWAY',
    capabilities: CAPABILITIES,
    async deliver({ recipient }, signal) {
      switch (magicOf(recipient.toLowerCase())) {
        case 'UNDELIVERABLE':
          throw new ProviderError('FINAL', 'test mode: this recipient cannot be reached');
        case 'OUTAGE':
          throw new ProviderError('RETRY', 'test mode: the provider is down');
        case 'SLOW':
          await pause(SLOW_MS, undefined, { signal });
          return { status: 'DELIVERED' };
        default:
          return { status: 'DELIVERED' };
      }
    },
    probe: async () => {},
    close: async () => {},
  };
}
