import { expect, test } from 'vitest';
import { loadProcessConfig } from '../../../src/commands/process-config.js';
import { newKeySet } from '../../../src/sessions/signing-keys.js';

const faultsOf = (env: Record<string, string>) =>
  loadProcessConfig(env).then(
    () => [],
    (error: { faults: readonly string[]; message: string }) => {
      expect(error.message).not.toContain('\n');
      return error.faults.map((fault) => fault.split(' ')[0]);
    },
  );

test('a fault of the signing keys is told with those of the other settings, before anything is opened', async () => {
  expect(await faultsOf({ PORT: 'abc', GATEWAY_SIGNING_KEYS: '/nowhere' })).toEqual(['PORT', 'GATEWAY_SIGNING_KEYS']);
  expect(await faultsOf({ GATEWAY_SIGNING_KEYS: '{"keys":[]}' })).toEqual(['GATEWAY_SIGNING_KEYS']);
  expect(await faultsOf({ PORT: 'abc', GATEWAY_SIGNING_KEYS: newKeySet() })).toEqual(['PORT']);
});

test('good ones, and none at all, are no fault', async () => {
  expect(await faultsOf({ GATEWAY_SIGNING_KEYS: newKeySet() })).toEqual([]);
  expect(await faultsOf({})).toEqual([]);
});
