import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { AuditEventRecord, AuditFilter } from '../access/list-audit-events.js';
import { parsePage, toPage } from '../kernel/cursor.js';
import { badInput } from '../kernel/errors.js';
import { globalId, localId, typeOfId } from '../kernel/ids.js';
import { type AuditEvent, AuditEventConnection, AuditEventsArgs } from '../schema/audit.types.js';
import { Guard } from '../schema/guard.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class AuditResolver {
  @Query(() => AuditEventConnection, {
    description: 'What was done in the mode of the caller, newest first; from is inclusive, to is exclusive.',
  })
  @Guard({ scopes: [['workspace:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async auditEvents(
    @Ctx() context: RequestContext,
    @Args(() => AuditEventsArgs) args: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    const page = parsePage(args);
    const object = typeof args.objectId === 'string' ? objectOf(args.objectId) : undefined;
    // An id that cannot be one is an object that does not exist: nothing was ever done to it.
    if (object === null) return toConnection(toPage(page, []), toAuditEvent);
    const filter = { from: args.from ?? undefined, to: args.to ?? undefined, object };
    return toConnection(await context.gateway.listAuditEvents(callerOf(context), filter, page), toAuditEvent);
  }
}

export function toAuditEvent(record: AuditEventRecord): AuditEvent {
  const { id, objectType, objectId } = record;
  return {
    ...record,
    id: globalId('AuditEvent', id),
    objectId: objectId === null ? null : globalId(objectType, objectId),
  };
}

/** The object of a global id; null where its type is known and there can be none such. */
export function objectOf(value: string): AuditFilter['object'] | null {
  const type = typeOfId(value);
  if (!type) throw badInput('objectId', 'not the id of an object, for example Customer:<uuid>');
  const id = localId(type, value);
  return id === undefined ? null : { type, id };
}
