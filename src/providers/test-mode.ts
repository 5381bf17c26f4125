import type { DeliveryProvider } from './provider.js';

/** Test mode on every channel: nothing leaves the process, and every message has arrived at once. */
export function testModeProvider(): DeliveryProvider {
  return {
    name: 'test-mode',
    channels: ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'],
    mode: 'TEST',
    deliver: async () => 'DELIVERED',
    close: async () => {},
  };
}
