import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { GatewayError } from '../kernel/errors.js';
import { Customer } from '../schema/customer.types.js';
import { VerificationConfirmed } from '../schema/verification.results.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';

@Resolver(() => VerificationConfirmed)
export class ConfirmedResolver {
  @FieldResolver(() => Customer, { description: 'The whole customer, as the confirmation left it.' })
  async customer(@Ctx() context: RequestContext, @Root() { verification }: VerificationConfirmed): Promise<Customer> {
    const record = await context.gateway.findCustomer(callerOf(context), verification.customerId);
    if (!record) throw new GatewayError('NOT_FOUND', 'The customer was deleted meanwhile.');
    return toCustomer(record);
  }
}
