/** What keeps the tables small, in rounds: a batch that was full is followed by the next at once. */
import type { Clock } from '../kernel/clock.js';
import type { Logger } from '../telemetry/logger.js';

/** One kind of row that upkeep removes or renews. */
export interface Sweep {
  /** For the log. */
  readonly name: string;
  /** Rows of one batch at most: so many mean that more are waiting. */
  readonly limit: number;
  /** Works one batch. Returns how many rows it was. */
  batch(): Promise<number>;
}

/** Batches of one sweep in a round at most, and milliseconds after which a round begins no other pass. */
export const ROUND = { batches: 20, ms: 10_000 } as const;

/**
 * Makes a round, which works a batch of each sweep and then another of each that was full. One statement at a time:
 * upkeep holds one connection, however much has piled up, and a sweep that is behind waits for no other to be done.
 * @param signal once aborted, a round ends after the batch under way
 */
export function createUpkeep(
  sweeps: readonly Sweep[],
  { clock, logger, signal }: { clock: Clock; logger: Pick<Logger, 'warn'>; signal: AbortSignal },
): () => Promise<void> {
  const isFull = async ({ name, limit, batch }: Sweep): Promise<boolean> => {
    try {
      return (await batch()) >= limit;
    } catch (error) {
      logger.warn({ err: error, sweep: name }, 'upkeep failed');
      return false;
    }
  };
  return async () => {
    const until = clock() + ROUND.ms;
    let waiting = sweeps;
    for (let pass = 0; pass < ROUND.batches && waiting.length > 0; pass += 1) {
      // The first pass is everybody's, however long it takes.
      if (pass > 0 && clock() >= until) return;
      const full: Sweep[] = [];
      for (const sweep of waiting) {
        if (signal.aborted) return;
        if (await isFull(sweep)) full.push(sweep);
      }
      waiting = full;
    }
  };
}
