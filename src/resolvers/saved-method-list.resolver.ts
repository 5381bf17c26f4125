import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { holdsScopes } from '../access/principal.js';
import { parsePage, toPage } from '../kernel/cursor.js';
import { GatewayError } from '../kernel/errors.js';
import { Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import {
  SavedMethodConnection,
  SavedMethodsArgs,
  SavedMethodsOfCustomerArgs,
} from '../schema/saved-method.connection.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';
import { readerOf } from './customer.resolver.js';
import { customerIdOf } from './own-customer.js';
import { toSavedMethod } from './saved-method.map.js';

@Resolver(() => Customer)
export class SavedMethodListResolver {
  @Query(() => SavedMethodConnection, {
    description:
      "Newest first, across merchants. Of the caller's own customer; a key with saved_methods:read names one.",
  })
  @Guard({ scopes: [['saved_methods:read'], ['self:read']], limits: [{ max: 6000, window: '1m', by: ['key'] }] })
  async savedMethods(
    @Ctx() context: RequestContext,
    @Args(() => SavedMethodsArgs) { customerId, ...args }: SavedMethodsArgs,
  ): Promise<SavedMethodConnection> {
    return listOf(context, customerIdOf(callerOf(context), 'customerId', customerId), args);
  }

  @FieldResolver(() => SavedMethodConnection, {
    name: 'savedMethods',
    description: 'Newest first, across merchants. A key needs saved_methods:read.',
  })
  async savedMethodsOfCustomer(
    @Ctx() context: RequestContext,
    @Root() customer: Customer,
    @Args(() => SavedMethodsOfCustomerArgs) args: SavedMethodsOfCustomerArgs,
  ): Promise<SavedMethodConnection> {
    const reader = readerOf(context, customer);
    // A customer is read with other scopes than this: it must not be a way around this one.
    if (!holdsScopes(reader, [['saved_methods:read'], ['self:read']])) {
      throw new GatewayError('FORBIDDEN', 'This credential may not use savedMethods; it needs saved_methods:read.');
    }
    return listOf(context, customerIdOf(reader, 'customerId', customer.id), args);
  }
}

async function listOf(
  context: RequestContext,
  customerId: string | undefined,
  args: SavedMethodsOfCustomerArgs,
): Promise<SavedMethodConnection> {
  const page = parsePage(args);
  // Nobody has no methods: so it looks too for a customer who asks for another's.
  if (customerId === undefined) return toConnection(toPage(page, []), toSavedMethod);
  const query = { customerId, includeArchived: args.includeArchived ?? false };
  return toConnection(await context.gateway.listSavedMethods(callerOf(context), query, page), toSavedMethod);
}
