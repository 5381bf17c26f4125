/**
 * The counters behind `@guard`, exact across processes: one upsert reserves and tells, so no two requests can
 * read the same count. Reservations made while one statement is under way go together in the next.
 *
 * A generous limit is taken from the database in blocks of a hundredth of what is left, so that a read does not
 * cost a write. Never are more let through than the limit: what one process holds unspent can only make another
 * refuse early. A limit below a hundred is taken hit by hit.
 */
import { createHmac } from 'node:crypto';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { coalesce } from '../kernel/coalesce.js';
import { releaseRows } from './limit-release.js';

/** One hit to be counted. */
export interface Hit {
  /** The workspace it is counted in; the nil UUID where nobody is identified. */
  readonly workspaceId: string;
  /** Everything that makes the counter. Stays in this process: the table holds an HMAC of it. */
  readonly name: string;
  readonly windowMs: number;
  readonly max: number;
}

export interface Reservation {
  /** Hits in this window before this one. */
  readonly before: number;
  /** Milliseconds until the window ends, by the database's clock. */
  readonly endsInMs: number;
  /** When the window ends, in milliseconds of the epoch: names the window in which the hit was counted. */
  readonly endsAt: number;
}

/** Hits that turned out not to be any. */
export interface Release {
  readonly hit: Pick<Hit, 'workspaceId' | 'name'>;
  readonly count: number;
  /** The window in which they were counted, as the reservation named it; absent: whichever is open. */
  readonly endsAt?: number;
}

export interface LimitLedger {
  reserve(hit: Hit): Promise<Reservation>;
  /** Takes hits back, down to none. A window that is over stays as it is, and so does the one that came after it. */
  release(release: Release): Promise<void>;
  /** Removes counters whose window is over. */
  purge(): Promise<void>;
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

const PURGE = `
  delete from rate_limit_window where (workspace_id, key) in (
    select workspace_id, key from rate_limit_window where expires_at < now() limit 5000 for update skip locked)`;

/** A block of hits that this process has reserved and may give out without asking. */
interface Block {
  next: number;
  readonly end: number;
  /** By this process's clock, and by the database's. */
  readonly endsHere: number;
  readonly endsAt: number;
}

const MAX_BLOCKS = 10_000;

/** @param secret what names are hashed with before they are stored: they may hold contacts */
export function createLimitLedger(pool: Connection, secret: Buffer, clock: Clock): LimitLedger {
  const blocks = new Map<string, Block>();

  const keyOf = (name: string) => createHmac('sha256', secret).update(name).digest();

  function fromBlock({ name }: Hit): Reservation | undefined {
    const block = blocks.get(name);
    if (!block || block.next >= block.end || block.endsHere <= clock()) return undefined;
    block.next += 1;
    return { before: block.next - 1, endsInMs: block.endsHere - clock(), endsAt: block.endsAt };
  }

  // Several hits of one counter are one row of the statement: ON CONFLICT may touch a row only once. They share
  // out the ordinals that the row's count ends with, and what is left over is the counter's next block.
  async function reserveAll(hits: readonly Hit[]): Promise<Reservation[]> {
    const served = hits.map(fromBlock);
    const open = [...hits.keys()].filter((place) => !served[place]);
    const counters = [...Map.groupBy(open, (place) => (hits[place] as Hit).name)].map(([name, places]) => {
      const { workspaceId, windowMs, max } = hits[places[0] as number] as Hit;
      const spare = Math.floor(Math.max(0, max - (blocks.get(name)?.end ?? 0)) / 100);
      return { name, places, key: keyOf(name), workspaceId, windowMs, count: places.length + spare };
    });
    // Taken before the answer is awaited: a block must not outlive its window by the time the answer takes.
    const askedAt = clock();
    for (const [index, { end, endsInMs, endsAt }] of (await reserveRows(pool, counters)).entries()) {
      const { name, places, count } = counters[index] as (typeof counters)[number];
      const first = end - count;
      for (const [offset, place] of places.entries()) served[place] = { before: first + offset, endsInMs, endsAt };
      if (blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value as string);
      const next = first + places.length;
      if (next < end) blocks.set(name, { next, end, endsHere: askedAt + endsInMs, endsAt });
      else blocks.delete(name);
    }
    return served as Reservation[];
  }

  // One statement at a time: the next one then finds the block that this one leaves.
  const reserve = coalesce(reserveAll, { serial: true });
  const release = coalesce(async (releases: readonly Release[]) => {
    await releaseRows(
      pool,
      releases.map(({ hit, ...release }) => ({ ...release, workspaceId: hit.workspaceId, key: keyOf(hit.name) })),
    );
    return releases;
  });
  return {
    reserve: async (hit) => fromBlock(hit) ?? reserve(hit),
    release: async (hits) => void (await release(hits)),
    async purge() {
      await run(pool, PURGE);
    },
  };
}

interface Counter {
  readonly workspaceId: string;
  readonly key: Buffer;
  readonly count: number;
  readonly windowMs: number;
}

/** Adds to each counter and tells where it stands now, in the order of the counters. */
async function reserveRows(
  pool: Connection,
  counters: readonly Counter[],
): Promise<{ end: number; endsInMs: number; endsAt: number }[]> {
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
}
