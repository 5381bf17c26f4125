/** The audit log: written with what it tells of, in the same transaction, so that neither is there without the other. */
import { type Connection, run, type Value } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { globalId, type NodeType, newId } from '../kernel/ids.js';
import { MODES } from '../kernel/world.js';
import type { ApiKeyRecord } from './key-record.js';
import type { Principal, World } from './principal.js';

/** Who did it: a caller, a command of the operator's, or an endpoint that answered 410. */
export interface Actor {
  readonly kind: string;
  readonly id: string;
}

export interface AuditEntry {
  /** `object.done`, for example `api_key.revoked`. */
  readonly action: string;
  readonly objectType: NodeType;
  /** The object's UUID. */
  readonly objectId: string | null;
  /** What a reader needs to understand it. Never a contact, code, token, key or instrument in clear. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Sessions and user tokens act as their customer, keys as themselves. */
export function actorOf({ kind, customerId, keyId }: Principal): Actor {
  if (customerId !== undefined) return { kind, id: globalId('Customer', customerId) };
  return { kind, id: globalId('ApiKey', keyId ?? '') };
}

/** A command of the operator's as an actor. */
export const commandActor = (name: string): Actor => ({ kind: 'COMMAND', id: name });

/** What the log tells of a key: what it can do. Its name is a caller's words. */
export function keyDetails({ kind, scopes, persistedOnly, expiresAt }: ApiKeyRecord): Record<string, unknown> {
  return { kind, scopes, persistedOnly, expiresAt };
}

const COLUMNS = 'workspace_id, mode, id, actor_kind, actor_id, action, object_type, object_id, details';

const INSERT = prepared(`
  insert into audit_event (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)`);

/**
 * The end of a statement that changes rows in a `with` called `source` and tells of each: one statement, so that one
 * round trip is the whole change. Its values are those of `auditValues`, of which the first is `$first`.
 */
export function auditOf(source: string, first: number): string {
  const places = Array.from({ length: 7 }, (_, index) => `$${first + index}`);
  return `insert into audit_event (${COLUMNS}) select $1, $2, ${places.join(', ')}::jsonb from ${source} returning id`;
}

/** The values of one event behind workspace and mode. */
export function auditValues(actor: Actor, { action, objectType, objectId, details = {} }: AuditEntry): Value[] {
  return [newId(), actor.kind, actor.id, action, objectType, objectId, JSON.stringify(details)];
}

/**
 * Appends one event to the log of each mode: of what both share, so that whoever watches over live customers and keys
 * sees what a test key has changed for them. Call it on the transaction of the change.
 */
export async function recordAuditInBothModes(
  connection: Connection,
  workspaceId: string,
  actor: Actor,
  entry: AuditEntry,
): Promise<void> {
  for (const mode of MODES) await recordAudit(connection, { workspaceId, mode }, actor, entry);
}

/** Appends one event. Call it on the transaction of the change. */
export async function recordAudit(
  connection: Connection,
  { workspaceId, mode }: World,
  actor: Actor,
  entry: AuditEntry,
): Promise<void> {
  await run(connection, INSERT, [workspaceId, mode, ...auditValues(actor, entry)]);
}
