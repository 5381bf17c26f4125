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

/** One hit to be counted. */
export interface Hit {
  /** The workspace it is counted in; the nil UUID where nobody is identified. */
  readonly workspaceId: string;
  /** Everything that makes the counter. Stays in this process: what is kept is an HMAC of it. */
  readonly name: string;
  readonly windowMs: number;
  readonly max: number;
}

export interface Reservation {
  /** Hits in this window before this one. */
  readonly before: number;
  /** Milliseconds until the window ends, by the clock of whoever keeps the counter. */
  readonly endsInMs: number;
  /** When the window ends, in milliseconds of the epoch: names the window in which the hit was counted. */
  readonly endsAt: number;
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

/** Adds to each counter, each once and at once for everybody, and tells where it stands now, in their order. */
export type AddHits = (counters: readonly Counter[]) => Promise<Standing[]>;

export type Reserve = (hit: Hit) => Promise<Reservation>;

/** A block of hits that this process has reserved and may give out without asking. */
interface Block {
  next: number;
  readonly end: number;
  /** By this process's clock, and by that of whoever keeps the counter. */
  readonly endsHere: number;
  readonly endsAt: number;
}

const MAX_BLOCKS = 10_000;

/** @param keyOf hashes names before they are kept: they may hold contacts */
export function createReservations(add: AddHits, keyOf: (name: string) => Buffer, clock: Clock): Reserve {
  const blocks = new Map<string, Block>();

  function fromBlock({ name }: Hit): Reservation | undefined {
    const block = blocks.get(name);
    if (!block || block.next >= block.end || block.endsHere <= clock()) return undefined;
    block.next += 1;
    return { before: block.next - 1, endsInMs: block.endsHere - clock(), endsAt: block.endsAt };
  }

  // Several hits of one counter are added together. They share out the ordinals that the count ends with, and what is
  // left over is the counter's next block.
  async function reserveAll(hits: readonly Hit[]): Promise<Reservation[]> {
    const served = hits.map(fromBlock);
    const open = [...hits.keys()].filter((place) => !served[place]);
    const counters = [...Map.groupBy(open, (place) => (hits[place] as Hit).name)].map(([name, places]) => {
      const { workspaceId, windowMs, max } = hits[places[0] as number] as Hit;
      const known = blocks.get(name);
      const spare = known ? Math.floor(Math.max(0, max - known.end) / 100) : 0;
      return { name, places, key: keyOf(name), workspaceId, windowMs, max, count: places.length + spare };
    });
    // Taken before the answer is awaited: a block must not outlive its window by the time the answer takes.
    const askedAt = clock();
    for (const [index, { end, endsInMs, endsAt }] of (await add(counters)).entries()) {
      const { name, places, max, count } = counters[index] as (typeof counters)[number];
      const first = end - count;
      for (const [offset, place] of places.entries()) served[place] = { before: first + offset, endsInMs, endsAt };
      const next = first + places.length;
      // To the end of the line: what is asked for all the time is not pushed out by what was asked for once.
      blocks.delete(name);
      if (max < 100) continue;
      if (blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value as string);
      blocks.set(name, { next, end, endsHere: askedAt + endsInMs, endsAt });
    }
    return served as Reservation[];
  }

  // One call at a time: the next one then finds the block that this one leaves.
  const reserve = coalesce(reserveAll, { serial: true });
  return async (hit) => fromBlock(hit) ?? reserve(hit);
}
