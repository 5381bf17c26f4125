import { expect, test } from 'vitest';
import { createRegistrations, MAX_REGISTERED_BYTES } from '../../../src/operations/registrations.js';

const world = (workspaceId: string, mode: 'TEST' | 'LIVE' = 'TEST') => ({ workspaceId, mode });

test('a world keeps its newest hundred, and pushes out no other world’s', async () => {
  const registrations = createRegistrations();
  registrations.register(world('quiet'), 'a', 'text');
  registrations.register(world('loud', 'LIVE'), 'a', 'text');
  for (let at = 0; at < 10_000; at += 1) registrations.register(world('loud'), `${at}`, 'text');
  expect(await registrations.find(world('quiet'), 'a')).toBe('text');
  expect(await registrations.find(world('loud', 'LIVE'), 'a')).toBe('text');
  const kept = await Promise.all(Array.from({ length: 10_000 }, (_, at) => registrations.find(world('loud'), `${at}`)));
  expect(kept.filter((text) => text !== undefined)).toHaveLength(100);
  expect(kept.at(-1)).toBe('text');
});

test('memory is bounded over any number of worlds', async () => {
  const registrations = createRegistrations();
  for (let at = 0; at < 1_000; at += 1) registrations.register(world(`${at}`), 'a', 'text');
  const kept = await Promise.all(Array.from({ length: 1_000 }, (_, at) => registrations.find(world(`${at}`), 'a')));
  expect(kept.filter((text) => text !== undefined)).toHaveLength(200);
});

test('a text is measured in bytes', async () => {
  const registrations = createRegistrations();
  registrations.register(world('w'), 'fits', 'x'.repeat(MAX_REGISTERED_BYTES));
  registrations.register(world('w'), 'long', 'ä'.repeat(MAX_REGISTERED_BYTES / 2 + 1));
  expect(await registrations.find(world('w'), 'fits')).toBeDefined();
  expect(await registrations.find(world('w'), 'long')).toBeUndefined();
});
