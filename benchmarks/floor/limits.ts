/** Rate limits, counted in the database: one statement reserves all hits of a request and tells what they came to. */
import { createHmac } from 'node:crypto';
import type { Pool } from 'pg';
import type { Principal } from './keys.ts';

/** One counter that a request hits. */
export interface Limit {
  rule: string;
  value: string;
  max: number;
  windowSeconds: number;
}

// Inserted in the caller's order, and every caller names the key last: rows that many requests share are locked
// briefly and always in the same order, so that two requests never wait for each other.
const RESERVE = `
  INSERT INTO rate_limit AS r (key, hits, ends_at)
  SELECT key, 1, now() + seconds * interval '1 second' FROM unnest($1::text[], $2::int[]) AS hit (key, seconds)
  ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN r.ends_at <= now() THEN 1 ELSE r.hits + 1 END,
    ends_at = CASE WHEN r.ends_at <= now() THEN excluded.ends_at ELSE r.ends_at END
  RETURNING key, hits, ends_at`;

/** Counts a request; the answer is the seconds to wait, or nothing where it may pass. */
export function limiter(pool: Pool, secret: Buffer) {
  return async (principal: Principal, limits: Limit[]): Promise<number | undefined> => {
    const keys = limits.map(({ rule, value }) => keyOf(secret, [principal.workspaceId, principal.mode, rule, value]));
    const values = [keys, limits.map(({ windowSeconds }) => windowSeconds)];
    const { rows } = await pool.query<{ key: string; hits: number; ends_at: Date }>({
      name: 'reserve',
      text: RESERVE,
      values,
    });
    const exceeded = rows.find((row) => row.hits > (limits[keys.indexOf(row.key)]?.max ?? 0));
    return exceeded && Math.max(1, Math.ceil((exceeded.ends_at.getTime() - Date.now()) / 1000));
  };
}

/** No contact can be read from a counter. */
function keyOf(secret: Buffer, parts: string[]): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
}
