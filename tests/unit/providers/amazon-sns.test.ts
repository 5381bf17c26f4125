/** The SDK of Amazon is installed by whoever uses it: nobody else needs it. */
import { expect, test, vi } from 'vitest';
import { loadConfig } from '../../../src/kernel/config.js';
import { buildProviders } from '../../../src/providers/build.js';
import { easySettings, snsSettings } from '../../support/vendors/settings.js';

vi.mock('@aws-sdk/client-sns', () => {
  throw new Error('Cannot find package');
});

test('U2: without the SDK every other provider starts, and SNS_REGION stops the start and says what to install', async () => {
  const registry = await buildProviders(loadConfig(easySettings()));
  expect(registry.find('easy-connect')).toBeDefined();
  await registry.close();
  await expect(buildProviders(loadConfig({ ...easySettings(), ...snsSettings() }))).rejects.toThrow(
    'npm install --save-prod @aws-sdk/client-sns',
  );
});
