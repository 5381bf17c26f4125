/** Rows that nothing asks about any more, removed by the minute: so many at a time, over all workspaces. */
import { type Connection, run } from './database.js';
import { prepared } from './prepared.js';

/** Removes rows that are over. Returns how many: as many as the limit means that more are waiting. */
export type ExpiredSweep = (connection: Connection) => Promise<number>;

/**
 * The sweep of one table. Locked rows are somebody else's sweep, or in use.
 * @param key its primary key
 * @param isOver SQL that an index finds its rows by
 * @param limit rows that one sweep removes at most: what it locks and writes is bounded, whatever has piled up
 */
export function deleteExpired(table: string, key: string, isOver: string, limit: number): ExpiredSweep {
  const statement = prepared(`
  delete from ${table} where (${key}) in (
    select ${key} from ${table} where ${isOver} limit ${limit} for update skip locked) returning 1`);
  return async (connection) => (await run(connection, statement)).length;
}
