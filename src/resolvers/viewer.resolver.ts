import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import { Viewer, Workspace } from '../schema/viewer.types.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';
import { workspaceOf } from './workspace.resolver.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'Who the credential on this request is, and what it may do.' })
  @Guard({ scopes: [], limits: [{ max: 6000, window: '1m', by: ['key', 'ip'] }] })
  viewer(@Ctx() context: RequestContext): Viewer {
    const { kind, mode, scopes } = callerOf(context);
    return { kind, mode, scopes };
  }

  @FieldResolver(() => Customer, { nullable: true, description: 'The customer behind a session or a user token.' })
  async customer(@Ctx() context: RequestContext): Promise<Customer | null> {
    const caller = callerOf(context);
    const record =
      caller.customerId === undefined ? undefined : await context.gateway.findCustomer(caller, caller.customerId);
    return record ? toCustomer(record) : null;
  }

  @FieldResolver(() => Workspace, { description: 'The workspace that the credential belongs to.' })
  workspace(@Ctx() context: RequestContext): Promise<Workspace> {
    return workspaceOf(context);
  }
}
