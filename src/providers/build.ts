/** Makes the providers that are configured: one line each. */
import type { Config } from '../kernel/config.js';
import type { Provider } from './provider.js';
import { createRegistry, type ProviderRegistry } from './registry.js';
import { smtpProvider } from './smtp.js';
import { testModeProvider } from './test-mode.js';

/** Every provider of a process. Making them opens no connection. */
export function buildProviders({ providers: settings }: Config): ProviderRegistry {
  const providers: Provider[] = [testModeProvider()];
  if (settings.smtp) providers.push(smtpProvider(settings.smtp));
  return createRegistry(providers, settings.routes);
}
