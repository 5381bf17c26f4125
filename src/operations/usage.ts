/** How often each operation is run: counted in memory, written together by the minute, never on a request's path. */
import { type Connection, run } from '../entities/database.js';
import type { Logger } from '../telemetry/logger.js';

const WRITE_EVERY_MS = 60_000;

export interface OperationUsage {
  /** Counts one run. */
  count(workspaceId: string, sha256: string): void;
  /** Writes what was counted, in one statement. What cannot be written is kept for the next time. */
  write(): Promise<void>;
  /** Writes once more and counts no further. */
  close(): Promise<void>;
}

// Rows are locked in the order of their keys: two processes that write at once wait and do not deadlock.
const ADD = `
  with used as (
    select o.workspace_id, o.sha256, u.runs
    from unnest($1::uuid[], $2::text[], $3::int8[]) as u (workspace_id, sha256, runs)
    join operation o on o.workspace_id = u.workspace_id and o.sha256 = u.sha256
    order by o.workspace_id, o.sha256 for update of o)
  update operation o set runs = o.runs + used.runs, last_used_on = (now() at time zone 'utc')::date
  from used where o.workspace_id = used.workspace_id and o.sha256 = used.sha256`;

export function createOperationUsage(pool: Connection, logger: Logger): OperationUsage {
  let counted = new Map<string, number>();

  const add = (counts: Map<string, number>) => {
    for (const [key, runs] of counts) counted.set(key, (counted.get(key) ?? 0) + runs);
  };
  const write = async () => {
    if (counted.size === 0) return;
    const counts = counted;
    counted = new Map();
    const keys = [...counts.keys()].map((key) => key.split('/') as [string, string]);
    const columns = [keys.map(([workspaceId]) => workspaceId), keys.map(([, sha256]) => sha256)];
    try {
      await run(pool, ADD, [...columns, [...counts.values()]]);
    } catch (error) {
      add(counts);
      logger.warn({ err: error }, 'counting operations failed');
    }
  };
  const timer = setInterval(() => void write(), WRITE_EVERY_MS).unref();

  return {
    count: (workspaceId, sha256) => add(new Map([[`${workspaceId}/${sha256}`, 1]])),
    write,
    async close() {
      clearInterval(timer);
      await write();
    },
  };
}
