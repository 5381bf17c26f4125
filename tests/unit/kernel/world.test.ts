import { describe, expect, test } from 'vitest';
import { byWorld, nameOfWorld, type World } from '../../../src/kernel/world.js';

const item = (workspaceId: string, mode: World['mode'], id: number) => ({ world: { workspaceId, mode }, id });
const grouped = (items: readonly ReturnType<typeof item>[]) =>
  byWorld(items, ({ world }) => world).map(([world, group]) => [nameOfWorld(world), group.map(({ id }) => id)]);

describe('items by their world', () => {
  test('keep their order, and worlds that in which they are first met', () => {
    const items = [item('b', 'LIVE', 1), item('a', 'TEST', 2), item('b', 'LIVE', 3), item('a', 'TEST', 4)];
    expect(grouped(items)).toEqual([
      ['b/LIVE', [1, 3]],
      ['a/TEST', [2, 4]],
    ]);
    expect(grouped([])).toEqual([]);
  });

  test('isolation: two modes of a workspace never share a group, nor do two workspaces of a mode', () => {
    expect(grouped([item('a', 'TEST', 1), item('a', 'LIVE', 2), item('b', 'TEST', 3)])).toEqual([
      ['a/TEST', [1]],
      ['a/LIVE', [2]],
      ['b/TEST', [3]],
    ]);
  });
});
