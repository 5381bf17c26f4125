import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { holdsScopes } from '../access/principal.js';
import { parsePage, toPage } from '../kernel/cursor.js';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import { ForwardPageArgs } from '../schema/page.types.js';
import { VerificationConnection, VerificationsArgs } from '../schema/verification.connection.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';
import { readerOf } from './customer.resolver.js';
import { customerIdOf } from './own-customer.js';
import { toVerification } from './verification.map.js';

@Resolver(() => Customer)
export class VerificationListResolver {
  @Query(() => VerificationConnection, {
    description: 'Newest first; reverse turns the order; from is inclusive, to is exclusive, both on createdAt.',
  })
  @Guard({ scopes: [['verifications:read'], ['self:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async verifications(
    @Ctx() context: RequestContext,
    @Args(() => VerificationsArgs) args: VerificationsArgs,
  ): Promise<VerificationConnection> {
    const page = parsePage(args, args.reverse ?? false);
    const caller = callerOf(context);
    const isNamed = typeof args.customerId === 'string';
    const customerId = isNamed ? customerIdOf(caller, 'customerId', args.customerId) : caller.customerId;
    // A customer who does not exist for this caller has no verifications.
    if (isNamed && customerId === undefined) return toConnection(toPage(page, []), toVerification);
    const filter = {
      from: args.from ?? undefined,
      to: args.to ?? undefined,
      status: args.status ?? undefined,
      channel: args.channel ?? undefined,
      customerId,
    };
    return toConnection(await context.gateway.listVerifications(caller, filter, page), toVerification);
  }

  @FieldResolver(() => VerificationConnection, {
    name: 'verifications',
    description: 'Newest first. A key needs verifications:read.',
  })
  async verificationsOfCustomer(
    @Ctx() context: RequestContext,
    @Root() customer: Customer,
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
  ): Promise<VerificationConnection> {
    const reader = readerOf(context, customer);
    // A customer is read with other scopes than this: it must not be a way around this one.
    if (!holdsScopes(reader, [['verifications:read'], ['self:read']])) {
      throw new GatewayError('FORBIDDEN', 'This credential may not use verifications; it needs verifications:read.');
    }
    const filter = { customerId: localId('Customer', customer.id) };
    const page = parsePage(args);
    return toConnection(await context.gateway.listVerifications(reader, filter, page), toVerification);
  }
}
