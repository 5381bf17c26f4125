/** The use case behind `refreshSession`: a refresh token is spent, and its successor handed out. */
import { recordAudit } from '../access/audit.js';
import type { Principal, World } from '../access/principal.js';
import { type Database, runOne } from '../entities/database.js';
import { eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { globalId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { type Refusal, refusal } from '../verification/problems.js';
import { type IssueDeps, type IssuedSession, issueTokens } from './issue.js';
import { hashOf, successorOf, successorsOf } from './refresh-token.js';
import { LIVE_OWNERS, SESSION_COLUMNS, SESSION_CONTACTS, type SessionRow, toSession } from './session-record.js';

export interface RefreshDeps extends IssueDeps {
  readonly database: Database;
  readonly refreshKeys: KeyRing;
}

export type SessionOutcome = { readonly outcome: 'ISSUED'; readonly session: IssuedSession } | Refusal;

/** Seconds in which a caller whose answer was lost may ask again with the token that was spent. */
const GRACE_SECONDS = 10;

// The session is locked before anything is decided: ending a family and refreshing it are one after the other, so
// that nothing is refreshed once the end was answered.
const LIVE_SESSION = `
  select s.* from refresh_token t
  join session s on s.workspace_id = t.workspace_id and s.mode = t.mode and s.id = t.session_id
    and s.ended_at is null and s.refreshable_until > now()
  ${LIVE_OWNERS}
  where t.workspace_id = $1 and t.mode = $2 and t.hash = $3
  for no key update of s`;

// Of any number of callers with one token, one finds it unspent: the others wait on the session, and then do not.
const SPEND = prepared(`
  with s as materialized (${LIVE_SESSION}), spent as (
    update refresh_token t set spent_at = now() from s
    where t.workspace_id = $1 and t.mode = $2 and t.hash = $3 and t.spent_at is null
    returning t.session_id
  ), successor as (
    insert into refresh_token (workspace_id, mode, hash, session_id) select $1, $2, $4, session_id from spent
  )
  select ${SESSION_COLUMNS} from s ${SESSION_CONTACTS} where exists (select from spent)`);

const IN_GRACE = `t.spent_at > now() - ${GRACE_SECONDS} * interval '1 second'`;
const IS_UNSPENT_SUCCESSOR = `n.workspace_id = $1 and n.mode = $2 and n.hash = any($4::bytea[]) and n.spent_at is null`;

// A spent token is good for its successor as long as nobody has used that: whoever has, has got the answer.
const REPEAT = prepared(`
  with s as materialized (${LIVE_SESSION})
  select ${SESSION_COLUMNS}, n.hash as successor
  from s ${SESSION_CONTACTS}
  join refresh_token t on t.workspace_id = $1 and t.mode = $2 and t.hash = $3 and ${IN_GRACE}
  join refresh_token n on ${IS_UNSPENT_SUCCESSOR}`);

// Who asks again for an answer that was lost holds no second copy, also where the session has lapsed meanwhile.
const END_FAMILY = prepared(`
  with ended as (
  update session s set ended_at = now(), end_reason = 'REUSE'
  from refresh_token t
  where t.workspace_id = $1 and t.mode = $2 and t.hash = $3 and t.spent_at is not null
    and not (${IN_GRACE} and exists (select from refresh_token n where ${IS_UNSPENT_SUCCESSOR}))
    and s.workspace_id = t.workspace_id and s.mode = t.mode and s.id = t.session_id and s.ended_at is null
  returning s.*
  ), ${eventsOf({
    type: `'session.reuse_detected'`,
    objectType: 'Customer',
    objectId: 'ended.customer_id',
    data: `jsonb_build_object('customerId', 'Customer:' || ended.customer_id, 'session', ended.id,
      'keyId', 'ApiKey:' || ended.key_id)`,
    from: 'ended',
  })}
  select id, customer_id as "customerId", key_id as "keyId" from ended`);

/**
 * Exchanges a refresh token for new tokens. One that was spent ends its whole family: two hold it, and nobody can tell
 * who of them is the customer (RFC 9700 section 4.14.2). Every bad token is refused alike.
 */
export async function refreshSession(deps: RefreshDeps, principal: Principal, token: string): Promise<SessionOutcome> {
  const started = (await spend(deps, principal, token)) ?? (await repeat(deps, principal, token));
  if (started) return { outcome: 'ISSUED', session: await issueTokens(deps, principal, started) };
  await endFamily(deps, principal, token);
  return refusal('SESSION_ENDED');
}

async function spend({ database, refreshKeys }: RefreshDeps, { workspaceId, mode }: World, token: string) {
  const refreshToken = successorOf(token, refreshKeys.current);
  const values = [workspaceId, mode, hashOf(token), hashOf(refreshToken)];
  const row = await runOne<SessionRow>(database.pool, SPEND, values);
  return row && { session: toSession(row), refreshToken };
}

async function repeat({ database, refreshKeys }: RefreshDeps, { workspaceId, mode }: World, token: string) {
  const successors = successorsOf(token, refreshKeys);
  const values = [workspaceId, mode, hashOf(token), successors.map(hashOf)];
  const row = await runOne<SessionRow & { successor: Uint8Array }>(database.pool, REPEAT, values);
  const refreshToken = row && successors.find((successor) => hashOf(successor).equals(row.successor));
  return row && refreshToken !== undefined ? { session: toSession(row), refreshToken } : undefined;
}

async function endFamily({ database, refreshKeys }: RefreshDeps, world: World, token: string): Promise<void> {
  await database.transaction(async (transaction) => {
    const values = [world.workspaceId, world.mode, hashOf(token), successorsOf(token, refreshKeys).map(hashOf)];
    const ended = await runOne<{ id: string; customerId: string; keyId: string }>(transaction, END_FAMILY, values);
    if (!ended) return;
    const actor = { kind: 'CUSTOMER_SESSION', id: globalId('Customer', ended.customerId) };
    await recordAudit(transaction, world, actor, {
      action: 'session.reuse_detected',
      objectType: 'Customer',
      objectId: ended.customerId,
      details: { session: ended.id, key: globalId('ApiKey', ended.keyId) },
    });
  });
}
