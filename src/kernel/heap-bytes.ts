/** What values hold in memory: by its JSON alone, `[{},{},…]` would be taken for a twentieth of it. */

/** An object or a list and its place in another; each of what it holds has its own. */
const OBJECT = 72;
const TEXT = 40;

/** Bytes that a value made of JSON holds at most, about, where none of it is shared with another. */
export function heapBytes(value: unknown): number {
  if (typeof value === 'string') return TEXT + 2 * value.length;
  if (typeof value !== 'object' || value === null) return TEXT;
  return Object.values(value).reduce((bytes: number, each) => bytes + heapBytes(each), OBJECT);
}
