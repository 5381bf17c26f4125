/**
 * Where lists are read: on a replica while one answers, on the primary otherwise. A replica is behind by moments or by
 * minutes, so nothing that decides is read here, and nothing that a caller has just written must be found here.
 */
import type { Clock } from '../kernel/clock.js';
import { type Connection, isUnavailable, type Reader, type Statement } from './database.js';

/** Milliseconds in which a replica that did not answer is not asked again. */
const AWAY_MS = 5_000;

/** @param replica absent: lists are read where everything is */
export function createLists(primary: Connection, replica: Reader | undefined, clock: Clock): Reader {
  if (replica === undefined) return primary;
  let awayUntil = 0;
  return {
    async executeQuery<Row>(query: Statement<Row>) {
      if (clock() < awayUntil) return primary.executeQuery(query);
      try {
        return await replica.executeQuery(query);
      } catch (error) {
        // A statement that the replica canceled, or has no table for yet, may well run on the primary.
        if (isUnavailable(error)) awayUntil = clock() + AWAY_MS;
        return primary.executeQuery(query);
      }
    },
  };
}
