/** Rows found by their age, which their ids tell: a UUIDv7 begins with its milliseconds (RFC 9562 section 5.7). */

/** SQL for the lowest id of a moment. @param milliseconds SQL for an int8, since 1970 */
export const lowestIdAt = (milliseconds: string): string =>
  `rpad(lpad(to_hex(${milliseconds}), 12, '0'), 32, '0')::uuid`;

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
