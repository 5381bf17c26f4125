/**
 * Reservations out of counters, wherever those are kept. What is asked while one call is under way goes together in the
 * next.
 *
 * A generous limit is taken in blocks of a hundredth of what is left, so that a read does not cost a write. Never are
 * more let through than the limit: what one process holds unspent can only make another refuse early. A limit below a
 * hundred is taken hit by hit, and so is the first hit of a counter that this process knows nothing of: a hundred
 * processes that start one after the other, each with a hundredth of the whole, would leave nothing of the window.
 */
import type { Clock } from '../kernel/clock.js';
import { coalesce } from '../kernel/coalesce.js';
import { createBlocks, type Reservation } from './limit-blocks.js';

export type { Reservation } from './limit-blocks.js';

/** One hit to be counted. */
export interface Hit {
  /** The workspace it is counted in; the nil UUID where nobody is identified. */
  readonly workspaceId: string;
  /** Everything that makes the counter. Stays in this process: what is kept is an HMAC of it. */
  readonly name: string;
  readonly windowMs: number;
  readonly max: number;
}

/** Hits to be added to one counter. */
export interface Counter {
  readonly workspaceId: string;
  readonly key: Buffer;
  readonly count: number;
  readonly windowMs: number;
}

/** Where a counter stands after it was added to. */
export interface Standing {
  readonly end: number;
  readonly endsInMs: number;
  readonly endsAt: number;
}

/** Hits to be taken back from one counter. */
export interface ReleasedHits {
  readonly workspaceId: string;
  readonly key: Buffer;
  readonly count: number;
  /** The window in which they were counted; absent: whichever is open. */
  readonly endsAt?: number;
}

/** Where counters are kept. */
export interface CounterStore {
  /** Adds to each counter, each once and at once for everybody, and tells where it stands now, in their order. */
  add(counters: readonly Counter[]): Promise<Standing[]>;
  /** Takes hits back, down to none. A window that is over stays as it is, and so does the one that came after it. */
  takeBack(released: readonly ReleasedHits[]): Promise<void>;
}

export type Reserve = (hit: Hit) => Promise<Reservation>;

export interface Reservations {
  readonly reserve: Reserve;
  /**
   * Gives back what this process has reserved and will not give out; for its end. What cannot be given back stays
   * counted until its window is over.
   */
  giveBack(): Promise<void>;
}

/** Counters that one call gives back to at most: their rows are locked until it is answered. */
const GIVEN_BACK_AT_ONCE = 500;

/** @param keyOf hashes names before they are kept: they may hold contacts */
export function createReservations(store: CounterStore, keyOf: (name: string) => Buffer, clock: Clock): Reservations {
  const blocks = createBlocks(clock);

  // Several hits of one counter are added together. They share out the ordinals that the count ends with, and what is
  // left over is the counter's next block.
  async function reserveAll(hits: readonly Hit[]): Promise<Reservation[]> {
    const served = hits.map(({ name }) => blocks.give(name));
    const open = [...hits.keys()].filter((place) => !served[place]);
    const counters = [...Map.groupBy(open, (place) => (hits[place] as Hit).name)].map(([name, places]) => {
      const { workspaceId, windowMs, max } = hits[places[0] as number] as Hit;
      const spare = Math.floor(Math.max(0, max - (blocks.endOf(name) ?? max)) / 100);
      return { name, places, key: keyOf(name), workspaceId, windowMs, max, count: places.length + spare };
    });
    // Taken before the answer is awaited: a block must not outlive its window by the time the answer takes.
    const askedAt = clock();
    for (const [index, { end, endsInMs, endsAt }] of (await store.add(counters)).entries()) {
      const { workspaceId, name, places, max, count } = counters[index] as (typeof counters)[number];
      const first = end - count;
      for (const [offset, place] of places.entries()) served[place] = { before: first + offset, endsInMs, endsAt };
      if (max < 100) continue;
      blocks.put(name, { workspaceId, next: first + places.length, end, endsHere: askedAt + endsInMs, endsAt });
    }
    return served as Reservation[];
  }

  // One call at a time: the next one then finds the block that this one leaves.
  const reserve = coalesce(reserveAll, { serial: true });
  return {
    reserve: async (hit) => blocks.give(hit.name) ?? reserve(hit),
    async giveBack() {
      const unspent = blocks.drain().map(({ name, ...hits }) => ({ ...hits, key: keyOf(name) }));
      for (let from = 0; from < unspent.length; from += GIVEN_BACK_AT_ONCE) {
        await store.takeBack(unspent.slice(from, from + GIVEN_BACK_AT_ONCE));
      }
    },
  };
}
