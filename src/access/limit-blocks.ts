/** Blocks of hits that this process has reserved and may give out without asking. */
import type { Clock } from '../kernel/clock.js';

export interface Reservation {
  /** Hits in this window before this one. */
  readonly before: number;
  /** Milliseconds until the window ends, by the clock of whoever keeps the counter. */
  readonly endsInMs: number;
  /** When the window ends, in milliseconds of the epoch: names the window in which the hit was counted. */
  readonly endsAt: number;
}

export interface Block {
  readonly workspaceId: string;
  /** The first of its hits, and the first behind them, by their place in the window. */
  readonly next: number;
  readonly end: number;
  /** When the window ends: by this process's clock, and by that of whoever keeps the counter. */
  readonly endsHere: number;
  readonly endsAt: number;
}

/** Hits of one counter that were reserved and will not be given out. */
export interface Unspent {
  readonly workspaceId: string;
  readonly name: string;
  readonly count: number;
  readonly endsAt: number;
}

export interface Blocks {
  /** The next hit of a counter's block; undefined where there is none, or its window is over. */
  give(name: string): Reservation | undefined;
  /** Where the counter stood when this process last heard of it; undefined where it has not. */
  endOf(name: string): number | undefined;
  /** Puts a block in the place of the counter's last one. */
  put(name: string, block: Block): void;
  /** Empties all blocks of open windows, and tells what was in them. */
  drain(): Unspent[];
}

const MAX_BLOCKS = 10_000;

export function createBlocks(clock: Clock): Blocks {
  const blocks = new Map<string, Block & { next: number }>();
  const isOver = ({ next, end, endsHere }: Block) => next >= end || endsHere <= clock();
  // What is asked for all the time is not pushed out by what was asked for once: its hits would be lost to everybody
  // until the window ends.
  const toTheEnd = (name: string, block: Block & { next: number }) => {
    blocks.delete(name);
    blocks.set(name, block);
  };

  return {
    give(name) {
      const block = blocks.get(name);
      if (!block || isOver(block)) return undefined;
      block.next += 1;
      toTheEnd(name, block);
      return { before: block.next - 1, endsInMs: block.endsHere - clock(), endsAt: block.endsAt };
    },
    endOf: (name) => blocks.get(name)?.end,
    put(name, block) {
      if (!blocks.has(name) && blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value as string);
      toTheEnd(name, { ...block });
    },
    drain() {
      const full = [...blocks].filter(([, block]) => !isOver(block));
      blocks.clear();
      return full.map(([name, { workspaceId, next, end, endsAt }]) => ({
        workspaceId,
        name,
        count: end - next,
        endsAt,
      }));
    },
  };
}
