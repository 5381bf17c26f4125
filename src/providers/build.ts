/** Makes the providers that are configured: one line each. */
import type { Config } from '../kernel/config.js';
import { amazonSnsProvider } from './amazon-sns.js';
import { birdChannelsProvider } from './bird-channels.js';
import { birdVerifyProvider } from './bird-verify.js';
import { birdVerifyV1Provider } from './bird-verify-v1.js';
import { easyConnectProvider } from './easy-connect.js';
import { ezidProvider } from './ezid.js';
import { httpProvider } from './http-webhook.js';
import { lightsparkGridProvider } from './lightspark-grid.js';
import type { Provider } from './provider.js';
import { createRegistry, type ProviderRegistry } from './registry.js';
import { smtpProvider } from './smtp.js';
import { testModeProvider } from './test-mode.js';
import { transmitSecurityProvider } from './transmit-security.js';
import { twilioMessagingProvider } from './twilio-messaging.js';
import { twilioVerifyProvider } from './twilio-verify.js';

/**
 * Every provider of a process, in the order that holds where a channel has no route. Making them opens no connection.
 * @param wrap what is made of each, before its breaker
 * @throws {Error} where a provider needs a package that is not installed
 */
export async function buildProviders(
  { providers: settings, production, publicUrl }: Config,
  wrap: (provider: Provider) => Provider = (provider) => provider,
): Promise<ProviderRegistry> {
  const { smtp, twilio, sns, bird, webhook } = settings;
  const { twilioVerify, birdVerify, birdVerifyV1, transmit, grid, ezid, easy } = settings;
  const door = { allowLoopback: !production };
  const callbackUrl = (name: string) => `${publicUrl}/callbacks/${name}`;
  const providers: Provider[] = [testModeProvider()];
  if (smtp) providers.push(smtpProvider(smtp));
  // The account may be there for Twilio Verify alone.
  if (twilio?.messaging || twilio?.whatsapp || twilio?.voice)
    providers.push(twilioMessagingProvider(twilio, door, callbackUrl('twilio-messaging')));
  if (sns) providers.push(await amazonSnsProvider(sns, door));
  if (bird?.smsChannelId) providers.push(birdChannelsProvider({ ...bird, smsChannelId: bird.smsChannelId }, door));
  if (webhook) providers.push(httpProvider(webhook, door));
  if (twilioVerify) providers.push(twilioVerifyProvider(twilioVerify, door));
  if (birdVerify) providers.push(birdVerifyProvider(birdVerify, door));
  if (birdVerifyV1) providers.push(birdVerifyV1Provider(birdVerifyV1, door));
  if (transmit) providers.push(transmitSecurityProvider(transmit, door));
  if (grid) providers.push(lightsparkGridProvider(grid, door));
  if (ezid) providers.push(ezidProvider(ezid, door));
  if (easy) providers.push(easyConnectProvider(easy, door));
  return createRegistry(providers.map(wrap), settings.routes);
}
