import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { holdsScopes, type Principal } from '../access/principal.js';
import type { Scope } from '../access/scopes.js';
import { globalId, localId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import { Node } from '../schema/node.js';
import { toApiKey } from './api-keys.resolver.js';
import { toAuditEvent } from './audit.resolver.js';
import { callerOf, type Gateway, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';
import { toEvent } from './events.resolver.js';
import { toSavedMethod } from './saved-method.map.js';
import { toVerification } from './verification.map.js';
import { toWebhookEndpoint } from './webhooks.resolver.js';

type Readable =
  | 'Customer'
  | 'ContactPoint'
  | 'Verification'
  | 'ApiKey'
  | 'AuditEvent'
  | 'Workspace'
  | 'SavedMethod'
  | 'WebhookEndpoint'
  | 'Event';

interface Source {
  /** What a caller must hold one of to read this type. */
  readonly scopes: readonly Scope[];
  read(gateway: Gateway, caller: Principal, id: string): Promise<Node | null>;
}

const SOURCES: Record<Readable, Source> = {
  Customer: {
    scopes: ['customers:read', 'self:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findCustomer(caller, id);
      return record ? toCustomer(record) : null;
    },
  },
  ContactPoint: {
    scopes: ['customers:read', 'self:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findContactPoint(caller, id);
      return record ? Object.assign({ ...record }, { id: globalId('ContactPoint', record.id) }) : null;
    },
  },
  Verification: {
    scopes: ['verifications:read', 'self:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findVerification(caller, id);
      return record ? toVerification(record) : null;
    },
  },
  ApiKey: {
    scopes: ['keys:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findApiKey(caller, id);
      return record ? toApiKey(record) : null;
    },
  },
  AuditEvent: {
    scopes: ['workspace:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findAuditEvent(caller, id);
      return record ? toAuditEvent(record) : null;
    },
  },
  SavedMethod: {
    scopes: ['saved_methods:read', 'self:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findSavedMethod(caller, id);
      return record ? toSavedMethod(record) : null;
    },
  },
  WebhookEndpoint: {
    scopes: ['workspace:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findWebhookEndpoint(caller, id);
      return record ? toWebhookEndpoint(record) : null;
    },
  },
  Event: {
    scopes: ['workspace:read'],
    async read(gateway, caller, id) {
      const record = await gateway.findEvent(caller, id);
      return record ? toEvent(record) : null;
    },
  },
  Workspace: {
    scopes: ['workspace:read'],
    async read(gateway, caller, id) {
      const record = id === caller.workspaceId ? await gateway.findWorkspace(id) : undefined;
      return record ? { ...record, id: globalId('Workspace', record.id) } : null;
    },
  },
};

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id. Null where there is none, or none that the caller may read.',
  })
  @Guard({
    scopes: [
      ['customers:read'],
      ['verifications:read'],
      ['saved_methods:read'],
      ['keys:read'],
      ['workspace:read'],
      ['self:read'],
    ],
    limits: [{ max: 6000, window: '1m', by: ['key'] }],
  })
  async node(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: 'The id that the object shows.' }) id: string,
  ): Promise<Node | null> {
    const caller = callerOf(context);
    for (const [type, { scopes, read }] of Object.entries(SOURCES) as [Readable, Source][]) {
      const uuid = localId(type, id);
      if (uuid === undefined) continue;
      const anyOf = scopes.map((scope) => [scope]);
      return holdsScopes(caller, anyOf) ? read(context.gateway, caller, uuid) : null;
    }
    return null;
  }
}
