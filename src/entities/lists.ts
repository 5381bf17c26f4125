/**
 * Where lists are read: on a replica while one answers, on the primary otherwise. A replica is behind by moments or by
 * minutes, so nothing that decides is read here, and nothing that a caller has just written must be found here.
 */
import type { Clock } from '../kernel/clock.js';
import type { Connection, Statement } from './database.js';
import { FollowsNobodyError, readLag } from './replica-lag.js';

/** Where a list was read: on the replica, or on the primary because the replica was away or would not run it. */
export type ListRead = 'REPLICA' | 'AWAY' | 'REFUSED';

/** Told what becomes of a replica. */
export interface ReplicaWatcher {
  read(outcome: ListRead): void;
  /** It has stopped answering: called once, not for every read. */
  away(error: unknown): void;
  /** It answers again. */
  back(): void;
}

/** A PostgreSQL that follows the primary. */
export interface Replica {
  readonly lists: Connection;
  /** False while it is left alone because it did not answer. */
  isUp(): boolean;
  /**
   * Seconds that it is behind the primary; undefined where it does not say. Also finds out whether it answers, where
   * nobody reads a list.
   * @throws {Error} where it does not answer, or follows nobody
   */
  lag(): Promise<number | undefined>;
  watch(watcher: ReplicaWatcher): void;
}

/** Milliseconds in which a replica that did not answer is not asked again. */
const AWAY_MS = 5_000;

export function followReplica(primary: Connection, server: Connection, clock: Clock): Replica {
  let awayUntil = 0;
  let isAway = false;
  // It answers, and has nothing of what was written since: no read is a sign that it is back.
  let followsNobody = false;
  let watcher: ReplicaWatcher | undefined;

  function gone(error: unknown): void {
    awayUntil = clock() + AWAY_MS;
    if (!isAway) watcher?.away(error);
    isAway = true;
  }

  function answered(): void {
    if (followsNobody) return;
    if (isAway) watcher?.back();
    isAway = false;
    awayUntil = 0;
  }

  const asked: Connection = {
    async executeQuery<Row>(query: Statement<Row>) {
      if (followsNobody || clock() < awayUntil) throw new Error('The replica is left alone');
      // One read finds out whether it is back; those beside it must not wait with it.
      if (isAway) awayUntil = clock() + AWAY_MS;
      try {
        const result = await server.executeQuery<Row>(query);
        answered();
        return result;
      } catch (error) {
        if (isRefusal(error)) answered();
        else gone(error);
        throw error;
      }
    },
  };

  return {
    lists: {
      async executeQuery<Row>(query: Statement<Row>) {
        try {
          const result = await asked.executeQuery<Row>(query);
          watcher?.read('REPLICA');
          return result;
        } catch (error) {
          // A statement that the replica canceled, or has no table for yet, may well run on the primary.
          watcher?.read(isRefusal(error) ? 'REFUSED' : 'AWAY');
          return primary.executeQuery<Row>(query);
        }
      },
    },
    isUp: () => !isAway,
    async lag() {
      try {
        // Past the pause: whether it follows again is found out here alone.
        const seconds = await readLag(primary, followsNobody ? server : asked);
        if (followsNobody) {
          followsNobody = false;
          answered();
        }
        return seconds;
      } catch (error) {
        if (error instanceof FollowsNobodyError) {
          gone(error);
          followsNobody = true;
        }
        throw error;
      }
    },
    watch(next) {
      watcher = next;
    },
  };
}

// A SQLSTATE of the statement's own. Not those of classes 08, 28, 3D, 53 and 57P: whoever cannot connect, log in, find
// the database or be served now will not be able to at the next read either.
const REFUSAL = /^(?!08|28|3D|53|57P)[0-9FHPX][0-9A-Z]{4}$/;

function isRefusal(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && REFUSAL.test(code);
}
