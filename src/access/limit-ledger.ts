/**
 * The counters behind `@guard` and behind the caps on messages, exact across processes: one upsert reserves and tells,
 * so no two requests can read the same count.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import { type Connection, run } from '../entities/database.js';
import { deleteExpired } from '../entities/expired-rows.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { coalesce } from '../kernel/coalesce.js';
import { releaseRows } from './limit-release.js';
import { type CounterStore, createReservations, type Hit, type Reservations } from './limit-reservations.js';

export type { Hit, Reservation } from './limit-reservations.js';

/** Hits that turned out not to be any. */
export interface Release {
  readonly hit: Pick<Hit, 'workspaceId' | 'name'>;
  readonly count: number;
  /** The window in which they were counted, as the reservation named it; absent: whichever is open. */
  readonly endsAt?: number;
}

export interface LimitLedger extends Reservations {
  /** Takes hits back, down to none. A window that is over stays as it is, and so does the one that came after it. */
  release(release: Release): Promise<void>;
  /** Removes counters whose window is over. Returns how many: `COUNTER_SWEEP_LIMIT` means that more are waiting. */
  sweep(): Promise<number>;
}

// Sorted by key: two statements that take the same rows in different orders would deadlock.
const RESERVE = prepared(`
  insert into rate_limit_window as w (workspace_id, key, hits, expires_at)
  select h.workspace_id, h.key, h.hits, now() + h.window_ms * interval '1 millisecond'
  from unnest($1::uuid[], $2::bytea[], $3::int8[], $4::int8[]) as h (workspace_id, key, hits, window_ms)
  order by h.workspace_id, h.key
  on conflict (workspace_id, key) do update set
    hits = case when w.expires_at > now() then w.hits + excluded.hits else excluded.hits end,
    expires_at = case when w.expires_at > now() then w.expires_at else excluded.expires_at end
  returning key, hits, greatest(0, ceil(extract(epoch from expires_at - now()) * 1000))::int8 as ends_in_ms,
            (extract(epoch from expires_at) * 1000)::int8 as ends_at`);

/** Counters that one sweep removes at most. */
export const COUNTER_SWEEP_LIMIT = 5_000;

const sweepCounters = deleteExpired(
  'rate_limit_window',
  'workspace_id, key',
  'expires_at < now()',
  COUNTER_SWEEP_LIMIT,
);

/** What a counter is kept under. @param secret what names are hashed with: they may hold contacts */
export const counterKey =
  (secret: KeyObject) =>
  (name: string): Buffer =>
    createHmac('sha256', secret).update(name).digest();

/** @param secret what names are hashed with before they are stored */
export function createLimitLedger(pool: Connection, secret: KeyObject, clock: Clock): LimitLedger {
  const keyOf = counterKey(secret);
  const release = coalesce(async (releases: readonly Release[]) => {
    await releaseRows(
      pool,
      releases.map(({ hit, ...release }) => ({ ...release, workspaceId: hit.workspaceId, key: keyOf(hit.name) })),
    );
    return releases;
  });
  return {
    ...createReservations(postgresCounters(pool), keyOf, clock),
    release: async (hits) => void (await release(hits)),
    sweep: () => sweepCounters(pool),
  };
}

/** Counters as rows of the table: one statement for all of them. */
export const postgresCounters = (pool: Connection): CounterStore => ({
  async add(counters) {
    if (counters.length === 0) return [];
    const rows = await run<{ key: Uint8Array; hits: number; ends_in_ms: number; ends_at: number }>(pool, RESERVE, [
      counters.map(({ workspaceId }) => workspaceId),
      counters.map(({ key }) => key),
      counters.map(({ count }) => count),
      counters.map(({ windowMs }) => windowMs),
    ]);
    const found = new Map(rows.map((row) => [Buffer.from(row.key).toString('base64'), row]));
    return counters.map(({ key }) => {
      const row = found.get(key.toString('base64'));
      return { end: Number(row?.hits), endsInMs: Number(row?.ends_in_ms), endsAt: Number(row?.ends_at) };
    });
  },
  takeBack: (released) => releaseRows(pool, released),
});
