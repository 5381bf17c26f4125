import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { holdsScopes, type Principal } from '../access/principal.js';
import type { Scope } from '../access/scopes.js';
import { globalId, localId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import { Node } from '../schema/node.js';
import { callerOf, type Gateway, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';
import { toSavedMethod } from './saved-method.map.js';
import { toVerification } from './verification.map.js';

type Readable = 'Customer' | 'ContactPoint' | 'Verification' | 'Workspace' | 'SavedMethod';

interface Source {
  /** What a caller must hold to read this type. */
  readonly scope: Scope;
  read(gateway: Gateway, caller: Principal, id: string): Promise<Node | null>;
}

const SOURCES: Record<Readable, Source> = {
  Customer: {
    scope: 'customers:read',
    async read(gateway, caller, id) {
      const record = await gateway.findCustomer(caller, id);
      return record ? toCustomer(record) : null;
    },
  },
  ContactPoint: {
    scope: 'customers:read',
    async read(gateway, caller, id) {
      const record = await gateway.findContactPoint(caller, id);
      return record ? Object.assign({ ...record }, { id: globalId('ContactPoint', record.id) }) : null;
    },
  },
  Verification: {
    scope: 'verifications:read',
    async read(gateway, caller, id) {
      const record = await gateway.findVerification(caller, id);
      return record ? toVerification(record) : null;
    },
  },
  SavedMethod: {
    scope: 'saved_methods:read',
    async read(gateway, caller, id) {
      const record = await gateway.findSavedMethod(caller, id, caller.customerId);
      return record ? toSavedMethod(record) : null;
    },
  },
  Workspace: {
    scope: 'workspace:read',
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
    scopes: [['customers:read'], ['verifications:read'], ['workspace:read'], ['saved_methods:read']],
    limits: [{ max: 6000, window: '1m', by: ['key'] }],
  })
  async node(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { description: 'The id that the object shows.' }) id: string,
  ): Promise<Node | null> {
    const caller = callerOf(context);
    for (const [type, { scope, read }] of Object.entries(SOURCES) as [Readable, Source][]) {
      const uuid = localId(type, id);
      if (uuid !== undefined) return holdsScopes(caller, [[scope]]) ? read(context.gateway, caller, uuid) : null;
    }
    return null;
  }
}
