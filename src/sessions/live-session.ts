/** Whether the session of an access token is still alive: one statement for all tokens of one turn of the event loop. */
import {
  toWorkspaceSettings,
  WORKSPACE_SETTINGS,
  type WorkspaceSettings,
  type WorkspaceSettingsRow,
} from '../access/workspace-settings.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { coalesce } from '../kernel/coalesce.js';
import { byWorld, type World } from '../kernel/world.js';
import { LIVE_OWNERS } from './session-record.js';

/** Seconds by which a token may be late or early. */
export const LEEWAY_SECONDS = 5;

export interface SessionClaim {
  readonly world: World;
  readonly sessionId: string;
  /** `exp` and `nbf`, in seconds since 1970. */
  readonly expiresAt: number;
  readonly notBefore: number;
}

export interface LiveSession {
  readonly customerId: string;
  readonly keyId: string;
  readonly embedSessionId: string | null;
  readonly persistedOnly: boolean;
  readonly workspace: WorkspaceSettings;
}

interface Row extends WorkspaceSettingsRow {
  place: number;
  customer_id: string;
  key_id: string;
  embed_session_id: string | null;
  persisted_only: boolean;
}

// The database's clock decides, so that a host whose clock is wrong neither keeps a token alive nor ends one.
const LIVE = prepared(`
  select n.place::int as place, s.customer_id, s.key_id, s.embed_session_id, k.persisted_only, ${WORKSPACE_SETTINGS}
  from unnest($3::uuid[], $4::float8[], $5::float8[]) with ordinality as n (id, expires_at, not_before, place)
  join session s on s.workspace_id = $1 and s.mode = $2 and s.id = n.id and s.ended_at is null
  ${LIVE_OWNERS}
  join workspace w on w.id = $1
  where n.expires_at > extract(epoch from now()) - ${LEEWAY_SECONDS}
    and n.not_before <= extract(epoch from now()) + ${LEEWAY_SECONDS}`);

/** Finds the session behind a claim; undefined where it has ended, or the token is not of this moment. */
export function createSessionFinder(pool: Connection): (claim: SessionClaim) => Promise<LiveSession | undefined> {
  return coalesce(async (claims: readonly SessionClaim[]) => {
    const found = new Map<SessionClaim, LiveSession>();
    await Promise.all(
      byWorld(claims, ({ world }) => world).map(async ([{ workspaceId, mode }, group]) => {
        const rows = await run<Row>(pool, LIVE, [
          workspaceId,
          mode,
          group.map(({ sessionId }) => sessionId),
          group.map(({ expiresAt }) => expiresAt),
          group.map(({ notBefore }) => notBefore),
        ]);
        for (const row of rows) found.set(group[row.place - 1] as SessionClaim, toLiveSession(row));
      }),
    );
    return claims.map((claim) => found.get(claim));
  });
}

function toLiveSession(row: Row): LiveSession {
  return {
    customerId: row.customer_id,
    keyId: row.key_id,
    embedSessionId: row.embed_session_id,
    persistedOnly: row.persisted_only,
    workspace: toWorkspaceSettings(row),
  };
}
