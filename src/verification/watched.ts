/** The state of verifications that somebody watches: one statement for all of a world. */
import type { Reach } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { byWorld } from '../kernel/world.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

/** One verification, and as much of its world as whoever watches it may see. */
export interface Watched {
  readonly reach: Reach;
  readonly verificationId: string;
}

export interface Reading {
  readonly verification: VerificationRecord;
  /** Differs where anything of the verification or its steps has changed. */
  readonly version: string;
}

interface Row extends VerificationRow {
  place: number;
  steps: string;
}

// No statement crosses worlds, so that each is one shard's where the tables are divided by workspace.
const READ = prepared(`
  select n.place::int as place, ${VERIFICATION_COLUMNS}, (
    select jsonb_agg(jsonb_build_array(s.status, s.sends, s.provider, s.failure_reason, s.sent_at, s.delivered_at)
                     order by s.index)::text
    from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = v.id) as steps
  from unnest($3::uuid[], $4::uuid[]) with ordinality as n (id, customer_id, place)
  join verification v on v.workspace_id = $1 and v.mode = $2 and v.id = n.id
    and (n.customer_id is null or v.customer_id = n.customer_id)`);

/** Reads all, in the order of what was asked; undefined where there is nothing, or nothing in that reach. */
export async function readWatched(
  pool: Connection,
  all: readonly Watched[],
): Promise<readonly (Reading | undefined)[]> {
  const found = new Map<Watched, Reading>();
  // One after the other: a process that watches in many worlds must not take the whole pool for it.
  for (const [{ workspaceId, mode }, group] of byWorld(all, ({ reach }) => reach)) {
    const rows = await run<Row>(pool, READ, [
      workspaceId,
      mode,
      group.map(({ verificationId }) => verificationId),
      group.map(({ reach }) => reach.customerId ?? null),
    ]);
    for (const row of rows) found.set(group[row.place - 1] as Watched, toReading(row));
  }
  return all.map((each) => found.get(each));
}

function toReading(row: Row): Reading {
  const verification = toVerification(row);
  return { verification, version: `${JSON.stringify(verification)}${row.steps}` };
}
