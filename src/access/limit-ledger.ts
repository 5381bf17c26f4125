/**
 * The counters behind `@guard`, exact across processes: one upsert reserves and tells, so no two requests can
 * read the same count. Reservations made while one statement is under way go together in the next.
 *
 * A generous limit is taken from the database in blocks of a hundredth of what is left, so that a read does not
 * cost a write. Never are more let through than the limit: what one process holds unspent can only make another
 * refuse early. A limit of a hundred or less is taken hit by hit.
 */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';

/** One hit to be counted. */
export interface Hit {
  /** The workspace it is counted in; the nil UUID where nobody is identified. */
  readonly workspaceId: string;
  /** HMAC of everything that makes the counter: no contact can be read from it. */
  readonly key: Buffer;
  readonly windowMs: number;
  readonly max: number;
}

export interface Reservation {
  /** Hits in this window before this one. */
  readonly before: number;
  /** Milliseconds until the window ends, by the database's clock. */
  readonly endsInMs: number;
}

export interface LimitLedger {
  reserve(hit: Hit): Promise<Reservation>;
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
  returning key, hits, greatest(0, ceil(extract(epoch from expires_at - now()) * 1000))::int8 as ends_in_ms`);

const PURGE = `
  delete from rate_limit_window where (workspace_id, key) in (
    select workspace_id, key from rate_limit_window where expires_at < now() limit 5000 for update skip locked)`;

interface Waiting {
  readonly hit: Hit;
  resolve(reservation: Reservation): void;
  reject(error: unknown): void;
}

/** A block of hits that this process has reserved and may give out without asking. */
interface Block {
  next: number;
  readonly end: number;
  readonly endsAt: number;
}

const MAX_BLOCKS = 10_000;

export function createLimitLedger(pool: Connection, clock: Clock): LimitLedger {
  const blocks = new Map<string, Block>();
  let waiting: Waiting[] = [];
  let draining = false;

  function fromBlock({ key }: Hit): Reservation | undefined {
    const block = blocks.get(nameOf(key));
    if (!block || block.next >= block.end || block.endsAt <= clock()) return undefined;
    block.next += 1;
    return { before: block.next - 1, endsInMs: block.endsAt - clock() };
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.filter(({ hit, resolve }) => {
        const reservation = fromBlock(hit);
        if (reservation) resolve(reservation);
        return !reservation;
      });
      waiting = [];
      if (batch.length === 0) break;
      await reserveAll(batch).catch((error) => {
        for (const { reject } of batch) reject(error);
      });
    }
    draining = false;
  }

  // Several hits of one counter are one row of the statement: ON CONFLICT may touch a row only once. They share
  // out the ordinals that the row's count ends with, and what is left over is the counter's next block.
  async function reserveAll(batch: readonly Waiting[]): Promise<void> {
    const groups = Map.groupBy(batch, ({ hit }) => nameOf(hit.key));
    const counters = [...groups].map(([name, group]) => {
      const { hit } = group[0] as Waiting;
      return { ...hit, hits: group.length + Math.floor(Math.max(0, hit.max - (blocks.get(name)?.end ?? 0)) / 100) };
    });
    const rows = await run<{ key: Uint8Array; hits: number; ends_in_ms: number }>(pool, RESERVE, [
      counters.map((counter) => counter.workspaceId),
      counters.map((counter) => counter.key),
      counters.map((counter) => counter.hits),
      counters.map((counter) => counter.windowMs),
    ]);
    const reserved = new Map(counters.map((counter) => [nameOf(counter.key), counter.hits]));
    for (const row of rows) {
      const name = nameOf(row.key);
      const group = groups.get(name) ?? [];
      const end = Number(row.hits);
      const first = end - (reserved.get(name) ?? 0);
      const endsInMs = Number(row.ends_in_ms);
      for (const [index, entry] of group.entries()) entry.resolve({ before: first + index, endsInMs });
      if (blocks.size >= MAX_BLOCKS) blocks.delete(blocks.keys().next().value as string);
      if (first + group.length < end) blocks.set(name, { next: first + group.length, end, endsAt: clock() + endsInMs });
      else blocks.delete(name);
    }
  }

  return {
    async reserve(hit) {
      const reservation = fromBlock(hit);
      if (reservation) return reservation;
      return new Promise((resolve, reject) => {
        waiting.push({ hit, resolve, reject });
        if (draining) return;
        draining = true;
        // After this tick: the limits of one field, and of all requests of the tick, are one statement.
        queueMicrotask(() => void drain());
      });
    },
    async purge() {
      await run(pool, PURGE);
    },
  };
}

const nameOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
