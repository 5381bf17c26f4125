/** Rows found by their age, which their ids tell: a UUIDv7 begins with its milliseconds (RFC 9562 section 5.7). */
import { BOUNDS } from './verification.js';

/**
 * SQL for the lowest id of a moment. No id is of a time before 1970, whose milliseconds are negative: in hexadecimal
 * they would be the highest id of all, and every row below it.
 * @param milliseconds SQL for an int8, since 1970
 */
const lowestIdAt = (milliseconds: string): string =>
  `rpad(lpad(to_hex(greatest(0, ${milliseconds})), 12, '0'), 32, '0')::uuid`;

/** The clocks of gateway and database, of which one made the id and the other `created_at`, differ by less. */
const CLOCK_SKEW_MS = 3_600_000;
const LONGEST_LIFE_MS = BOUNDS.timeoutSeconds.max * 1_000;

/**
 * SQL for the lowest id that a pending verification may have. Nothing that began before the longest life of one is
 * pending: the lowest UUIDv7 of that time keeps a scan of the primary key from walking over what has expired.
 */
export const OLDEST_PENDING = lowestIdAt(
  `(extract(epoch from now()) * 1000)::int8 - ${LONGEST_LIFE_MS + CLOCK_SKEW_MS}`,
);

/**
 * SQL for `due`: the keys of the oldest rows of a table, called `v`, that were made more than `$1` days ago, `$2` of
 * them at most. The primary key finds those of each world, so nobody pays for an index by time. Locked rows are somebody
 * else's sweep.
 * @param condition what else must be true of them
 */
export const dueRows = (table: string, condition = 'true'): string => `due as materialized (
    select o.workspace_id, o.mode, o.id
    from workspace w cross join (values ('TEST'), ('LIVE')) as m (mode) cross join lateral (
      select v.workspace_id, v.mode, v.id from ${table} v
      where v.workspace_id = w.id and v.mode = m.mode
        and v.id < ${lowestIdAt(`(extract(epoch from now() - $1 * interval '1 day') * 1000)::int8`)}
        and ${condition}
      order by v.workspace_id, v.mode, v.id limit $2 for update of v skip locked
    ) o
    limit $2
  )`;
