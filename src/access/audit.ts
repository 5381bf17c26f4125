/** The audit log: written with what it tells of, in the same transaction, so that neither is there without the other. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { globalId, type NodeType, newId } from '../kernel/ids.js';
import type { Principal, World } from './principal.js';

/** Who did it: a caller, or a command of the operator's. */
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

const INSERT = prepared(`
  insert into audit_event (workspace_id, mode, id, actor_kind, actor_id, action, object_type, object_id, details)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)`);

/** Appends one event. Call it on the transaction of the change. */
export async function recordAudit(
  connection: Connection,
  { workspaceId, mode }: World,
  actor: Actor,
  { action, objectType, objectId, details = {} }: AuditEntry,
): Promise<void> {
  const what = [action, objectType, objectId, JSON.stringify(details)];
  await run(connection, INSERT, [workspaceId, mode, newId(), actor.kind, actor.id, ...what]);
}
