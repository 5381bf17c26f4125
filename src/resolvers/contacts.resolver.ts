import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Customer } from '../schema/customer.types.js';
import {
  AttestContactPointInput,
  ContactPointRefInput,
  UnblockContactInput,
  UnblockContactPayload,
} from '../schema/customer-changes.types.js';
import { Guard } from '../schema/guard.js';
import { changedCustomer, knownId } from './changed-customer.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class ContactsResolver {
  @Mutation(() => Customer, {
    description: 'Removes a contact. A primary one gives its place to another verified one of its kind, or to none.',
  })
  @Guard({ scopes: [['customers:write'], ['self:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async removeContactPoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => ContactPointRefInput, { description: 'Which contact.' }) input: ContactPointRefInput,
  ): Promise<Customer> {
    const id = knownId('ContactPoint', input.id);
    return changedCustomer(context, await context.gateway.removeContactPoint(callerOf(context), id));
  }

  @Mutation(() => Customer, { description: 'Makes a verified contact the primary one of its kind.' })
  @Guard({
    scopes: [['customers:write'], ['self:write']],
    limits: [
      { max: 3000, window: '1m', by: ['key'] },
      { max: 30, window: '10m', by: ['customer', 'args.input.id'] },
    ],
  })
  async setPrimaryContactPoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => ContactPointRefInput, { description: 'Which contact.' }) input: ContactPointRefInput,
  ): Promise<Customer> {
    const id = knownId('ContactPoint', input.id);
    return changedCustomer(context, await context.gateway.setPrimaryContactPoint(callerOf(context), id));
  }

  @Mutation(() => Customer, {
    description: 'Records that somebody else verified this contact; keeps who said so.',
  })
  @Guard({ scopes: [['customers:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async attestContactPoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => AttestContactPointInput, { description: 'Whose contact, and who verified it.' })
    input: AttestContactPointInput,
  ): Promise<Customer> {
    const { kind, value, attestedBy } = input;
    const customerId = knownId('Customer', input.customerId);
    await context.gateway.attestContactPoint(callerOf(context), { customerId, kind, value, attestedBy });
    return changedCustomer(context, customerId);
  }

  @Mutation(() => UnblockContactPayload, {
    description: 'Lifts the block that 100 wrong guesses in a row put on an address or number.',
  })
  @Guard({ scopes: [['verifications:write']], limits: [{ max: 60, window: '1m', by: ['key'] }] })
  async unblockContact(
    @Ctx() context: RequestContext,
    @Arg('input', () => UnblockContactInput, { description: 'Which contact.' }) input: UnblockContactInput,
  ): Promise<UnblockContactPayload> {
    return { unblocked: await context.gateway.unblockContact(callerOf(context), input.value) };
  }
}
