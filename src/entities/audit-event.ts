import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** Who did what to which object. The database refuses to change or remove a row; contacts are never in one. */
export const AuditEvent = defineEntity({
  name: 'AuditEvent',
  tableName: 'audit_event',
  indexes: [{ name: 'audit_event_of_object_index', properties: ['workspaceId', 'mode', 'objectId', 'id'] }],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    at: p.datetime(3).defaultRaw('now()'),
    actorKind: p.string().length(30),
    /** A global id, or the name of a command. */
    actorId: p.string().length(100),
    action: p.string().length(60),
    objectType: p.string().length(30),
    objectId: p.uuid().nullable(),
    details: p.json<Record<string, unknown>>().defaultRaw("'{}'"),
  },
});
