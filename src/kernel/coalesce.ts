import { byWorld, nameOfWorld, type World } from './world.js';

/** What a call asks for, and how it is answered. */
interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result | Promise<Result>): void;
  reject(error: unknown): void;
}

export interface CoalesceOptions {
  /** Items in one call at most. */
  readonly limit?: number;
  /** Whether a call waits for the one before it, gathering what is asked meanwhile. */
  readonly serial?: boolean;
  /** Whether only what is asked without waiting for anything is gathered: what one list asks for each of its entries. */
  readonly brief?: boolean;
}

/**
 * Makes one call out of many: what is asked within one turn of the event loop goes to `answerAll` together, which
 * answers in the order of its items. A lone call waits for nothing but the turn's end. An error is everybody's,
 * unless single answers are promises that fail by themselves.
 */
export function coalesce<Item, Result>(
  answerAll: (items: readonly Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
  { limit = 500, serial = false, brief = false }: CoalesceOptions = {},
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let scheduled = false;

  async function answer(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await answerAll(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result | Promise<Result>);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, limit);
      waiting = waiting.slice(limit);
      const answered = answer(batch);
      if (serial) await answered;
    }
    scheduled = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      if (brief) process.nextTick(() => void flush());
      else setImmediate(() => void flush());
    });
}

/**
 * The same for rows that are read by an id: those of one workspace and mode are one call, which names each id once.
 * @param readAll returns what it found, by id
 */
export function coalesceById<Found>(
  readAll: (world: World, ids: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
  options: CoalesceOptions = {},
): (world: World, id: string) => Promise<Found | undefined> {
  const read = coalesce(async (wanted: readonly { world: World; id: string }[]) => {
    const found = new Map<string, ReadonlyMap<string, Found>>();
    await Promise.all(
      byWorld(wanted, ({ world }) => world).map(async ([world, group]) => {
        found.set(nameOfWorld(world), await readAll(world, [...new Set(group.map(({ id }) => id))]));
      }),
    );
    return wanted.map(({ world, id }) => found.get(nameOfWorld(world))?.get(id));
  }, options);
  return (world, id) => read({ world, id });
}
