/** Brings rows that are sealed under older keys under the newest, so that an older GATEWAY_SECRET can be taken out. */
import type { KeyRing } from '../kernel/key-ring.js';

/** Rows of one batch at most. */
export const RESEAL_BATCH = 100;

/** A table with something sealed in it. */
export interface SealedRows<Row, Name> {
  /** The place before all rows. */
  readonly start: readonly string[];
  /**
   * Reads the next `RESEAL_BATCH` rows under an older key, in the order of their places.
   * @param older ids of the keys that are no longer the newest
   * @param after the place of the last row that was looked at
   */
  read(older: readonly string[], after: readonly string[]): Promise<readonly Row[]>;
  /** Where a row stands in that order. */
  placeOf(row: Row): readonly string[];
  /** Seals a row again, unless it was changed since it was read. False where it does not open. */
  seal(row: Row): Promise<boolean>;
  /** What an operator finds a row by; nothing secret. */
  nameOf(row: Row): Name;
}

export interface ResealReport<Name> {
  /** Rows that were looked at: `RESEAL_BATCH` means that more may be waiting. */
  readonly found: number;
  /** Those that did not open. They stay as they are: with them, an older GATEWAY_SECRET is still in use. */
  readonly unopened: readonly Name[];
}

/**
 * Makes the upkeep of one table. A call is a batch, and goes on behind the one before: rows that do not open would stand
 * in front of every batch. After the last it begins anew.
 */
export function createReseal<Row, Name>(keys: KeyRing, rows: SealedRows<Row, Name>): () => Promise<ResealReport<Name>> {
  const older = keys.all.slice(1).map(({ id }) => id);
  let after = rows.start;
  return async () => {
    if (older.length === 0) return { found: 0, unopened: [] };
    const batch = await rows.read(older, after);
    const unopened: Name[] = [];
    for (const row of batch) if (!(await rows.seal(row))) unopened.push(rows.nameOf(row));
    const last = batch.length === RESEAL_BATCH ? batch.at(-1) : undefined;
    after = last ? rows.placeOf(last) : rows.start;
    return { found: batch.length, unopened };
  };
}
