import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { type ParsedContact, parseEmail, parsePhone } from '../kernel/contact.js';
import { parsePage } from '../kernel/cursor.js';
import { badInput } from '../kernel/errors.js';
import { CustomerConnection, CustomersArgs } from '../schema/customer.connection.js';
import { Guard } from '../schema/guard.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';

@Resolver()
export class CustomerListResolver {
  @Query(() => CustomerConnection, {
    description: 'Newest first, without deleted customers unless they are asked for.',
  })
  @Guard({ scopes: [['customers:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async customers(
    @Ctx() context: RequestContext,
    @Args(() => CustomersArgs) args: CustomersArgs,
  ): Promise<CustomerConnection> {
    const filter = {
      platformCustomerId: args.platformCustomerId ?? undefined,
      email: typeof args.email === 'string' ? identityOf('email', parseEmail(args.email)) : undefined,
      phone: typeof args.phone === 'string' ? identityOf('phone', parsePhone(args.phone)) : undefined,
      includeDeleted: args.includeDeleted ?? false,
    };
    const page = await context.gateway.listCustomers(callerOf(context), filter, parsePage(args));
    return toConnection(page, toCustomer);
  }
}

function identityOf(argument: string, parsed: ParsedContact): string {
  if ('reason' in parsed) throw badInput(argument, parsed.reason);
  return parsed.contact.identity;
}
