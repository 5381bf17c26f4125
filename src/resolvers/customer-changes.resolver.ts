import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Customer } from '../schema/customer.types.js';
import { DeleteCustomerInput, UpdateCustomerInput } from '../schema/customer-changes.types.js';
import { Guard } from '../schema/guard.js';
import { changedCustomer, knownId } from './changed-customer.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class CustomerChangesResolver {
  @Mutation(() => Customer, { description: 'Changes a customer. Contacts have mutations of their own.' })
  @Guard({ scopes: [['customers:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async updateCustomer(
    @Ctx() context: RequestContext,
    @Arg('input', () => UpdateCustomerInput, { description: 'What changes.' }) input: UpdateCustomerInput,
  ): Promise<Customer> {
    const id = knownId('Customer', input.id);
    await context.gateway.updateCustomer(callerOf(context), {
      id,
      customerType: input.customerType ?? undefined,
      umaAddress: input.umaAddress ?? undefined,
      region: input.region ?? undefined,
      currencies: input.currencies ?? undefined,
      locale: input.locale ?? undefined,
      clears: { region: input.region === null, locale: input.locale === null },
    });
    return changedCustomer(context, id);
  }

  @Mutation(() => Customer, {
    description: 'Deletes a customer: their contacts are free for others, and verifications under way are canceled.',
  })
  @Guard({ scopes: [['customers:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async deleteCustomer(
    @Ctx() context: RequestContext,
    @Arg('input', () => DeleteCustomerInput, { description: 'Which customer.' }) input: DeleteCustomerInput,
  ): Promise<Customer> {
    const id = knownId('Customer', input.id);
    await context.gateway.deleteCustomer(callerOf(context), { id, requestId: context.requestId });
    return changedCustomer(context, id);
  }
}
