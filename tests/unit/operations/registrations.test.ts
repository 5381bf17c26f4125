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

test('attack: the longest texts, a hundred in each of many worlds, hold 32 MiB of a process and no more', async () => {
  const registrations = createRegistrations();
  // Two bytes for each of its letters, for the one that is not Latin.
  const text = `Ω${'x'.repeat(MAX_REGISTERED_BYTES - 2)}`;
  const asked = Array.from({ length: 25_000 }, (_, at) => [world(`${Math.floor(at / 100)}`), `${at}`] as const);
  for (const [where, id] of asked) registrations.register(where, id, text);
  const found = await Promise.all(asked.map(([where, id]) => registrations.find(where, id)));
  const kept = found.filter((each) => each !== undefined).length;
  expect(kept * 2 * text.length).toBeLessThanOrEqual(32 * 2 ** 20);
  expect(kept).toBeGreaterThan(1_000);
});

test('attack: a workspace that registers its longest texts in both modes pushes out no other’s', async () => {
  const registrations = createRegistrations();
  for (let at = 0; at < 100; at += 1) registrations.register(world(`quiet${at}`), 'a', 'x'.repeat(1_000));
  for (const mode of ['TEST', 'LIVE'] as const)
    for (let at = 0; at < 1_000; at += 1)
      registrations.register(world('loud', mode), `${at}`, 'Ω'.repeat(MAX_REGISTERED_BYTES / 2));
  for (let at = 0; at < 100; at += 1) expect(await registrations.find(world(`quiet${at}`), 'a')).toHaveLength(1_000);
});

test('a text is measured in bytes', async () => {
  const registrations = createRegistrations();
  registrations.register(world('w'), 'fits', 'x'.repeat(MAX_REGISTERED_BYTES));
  registrations.register(world('w'), 'long', 'ä'.repeat(MAX_REGISTERED_BYTES / 2 + 1));
  expect(await registrations.find(world('w'), 'fits')).toBeDefined();
  expect(await registrations.find(world('w'), 'long')).toBeUndefined();
});
