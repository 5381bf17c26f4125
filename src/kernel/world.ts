/** The tenant: a workspace in one of its two modes. */

/**
 * Test and live are two worlds; a row belongs to one of them for ever. Links that were mailed name a mode by its place
 * here.
 */
export const MODES = ['TEST', 'LIVE'] as const;
export type Mode = (typeof MODES)[number];

/** A workspace and one of its two worlds. Every statement starts from it. */
export interface World {
  readonly workspaceId: string;
  readonly mode: Mode;
}

/** What a world is called in keys of memory and of Redis. */
export const nameOfWorld = ({ workspaceId, mode }: World): string => `${workspaceId}/${mode}`;

/** Items by their world, in the order in which worlds are first met: no statement reaches over two of them. */
export function byWorld<Item>(items: readonly Item[], worldOf: (item: Item) => World): [World, Item[]][] {
  const groups = new Map<string, [World, Item[]]>();
  for (const item of items) {
    const world = worldOf(item);
    const name = nameOfWorld(world);
    const group = groups.get(name);
    if (group) group[1].push(item);
    else groups.set(name, [world, [item]]);
  }
  return [...groups.values()];
}
