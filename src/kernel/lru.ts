/** A cache that holds so much and no more: what was used longest ago goes first. */
export interface Lru<Key, Value> {
  readonly size: number;
  /** What all values weigh together. */
  readonly weight: number;
  /** The value, which counts as used now. */
  get(key: Key): Value | undefined;
  /** Whether it is there, without using it. */
  has(key: Key): boolean;
  set(key: Key, value: Value): void;
  delete(key: Key): void;
  clear(): void;
}

export interface LruOptions<Value> {
  /** The weight of all values together, at most. */
  readonly capacity: number;
  /** How many values, at most; any number unless said otherwise. */
  readonly most?: number;
  /** What a value weighs; 1 unless said otherwise. One that is heavier than the capacity is not kept. */
  weigh?(value: Value): number;
  /** Whether a value is of no use any more: it makes place when another is set. None is unless said otherwise. */
  isStale?(value: Value): boolean;
}

export function createLru<Key, Value>({
  capacity,
  most = Number.POSITIVE_INFINITY,
  weigh = () => 1,
  isStale = () => false,
}: LruOptions<Value>): Lru<Key, Value> {
  // A Map keeps the order in which keys were set: the first is the one used longest ago.
  const entries = new Map<Key, { value: Value; weight: number }>();
  let total = 0;

  function remove(key: Key): void {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get size() {
      return entries.size;
    },
    get weight() {
      return total;
    },
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    has: (key) => entries.has(key),
    set(key, value) {
      remove(key);
      const weight = weigh(value);
      if (weight > capacity) return;
      entries.set(key, { value, weight });
      total += weight;
      for (const [oldest, entry] of entries) {
        if (total <= capacity && entries.size <= most && !isStale(entry.value)) break;
        remove(oldest);
      }
    },
    delete: remove,
    clear() {
      entries.clear();
      total = 0;
    },
  };
}
