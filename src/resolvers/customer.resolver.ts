import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Principal } from '../access/principal.js';
import { contactVerificationOf } from '../customers/contact-verification.js';
import type { CustomerRecord } from '../customers/read.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { globalId, localId } from '../kernel/ids.js';
import { ContactPoint, ContactVerification, CreateCustomerInput, Customer } from '../schema/customer.types.js';
import { Guard } from '../schema/guard.js';
import { callerOf, type RequestContext } from './context.js';
import { customerIdOf } from './own-customer.js';

/** A customer as the schema shows it, with what its fields on demand start from. */
interface CustomerSource extends Customer {
  record: CustomerRecord;
  reader: Principal | undefined;
}

/** @param reader who reads its fields, where that is not the caller: the customer whom a proof has just made known */
export function toCustomer(record: CustomerRecord, reader?: Principal): Customer {
  const source: CustomerSource = {
    id: globalId('Customer', record.id),
    platformCustomerId: record.platformCustomerId,
    customerType: record.customerType,
    umaAddress: record.umaAddress,
    region: record.region,
    currencies: record.currencies,
    email: record.email,
    phone: record.phone,
    locale: record.locale,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    isDeleted: record.isDeleted,
    record,
    reader,
  };
  return source;
}

/** Whose scopes decide about the fields of a customer. */
export function readerOf(context: RequestContext, customer: Customer): Principal {
  return (customer as CustomerSource).reader ?? callerOf(context);
}

@Resolver(() => Customer)
export class CustomerResolver {
  @Query(() => Customer, { nullable: true, description: 'One customer, by either id. Null where there is none.' })
  @Guard({ scopes: [['customers:read']], limits: [{ max: 6000, window: '1m', by: ['key'] }] })
  async customer(
    @Ctx() context: RequestContext,
    @Arg('id', () => ID, { nullable: true, description: 'The id given by the gateway: `Customer:<uuid>`.' })
    id?: string | null,
    @Arg('platformCustomerId', () => String, { nullable: true, description: "The workspace's own id." })
    platformCustomerId?: string | null,
  ): Promise<Customer | null> {
    if (typeof id === 'string') {
      if (typeof platformCustomerId === 'string')
        throw badInput('platformCustomerId', 'name the customer by one id, not by two');
      return customerOrNull(await findById(context, id));
    }
    if (typeof platformCustomerId !== 'string')
      throw badInput('id', 'name the customer by id or by platformCustomerId');
    return customerOrNull(await context.gateway.findByPlatformId(callerOf(context), platformCustomerId));
  }

  @Query(() => ContactVerification, {
    nullable: true,
    description: "Of the caller's own customer; a key with customers:read names one. Null where none is required.",
  })
  @Guard({ scopes: [['customers:read'], ['self:read']], limits: [{ max: 6000, window: '1m', by: ['key'] }] })
  async contactVerification(
    @Ctx() context: RequestContext,
    @Arg('customerId', () => ID, { nullable: true, description: 'Keys name the customer.' })
    customerId?: string | null,
  ): Promise<ContactVerification | null> {
    const caller = callerOf(context);
    const id = customerIdOf(caller, 'customerId', customerId);
    const record = id === undefined ? undefined : await context.gateway.findCustomer(caller, id);
    return record ? contactVerificationOf(caller.workspace.contactVerificationPolicy, record) : null;
  }

  @Mutation(() => Customer, { description: 'Creates a customer. Its contacts start unverified.' })
  @Guard({ scopes: [['customers:write']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async createCustomer(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateCustomerInput, { description: 'The customer.' }) input: CreateCustomerInput,
  ): Promise<Customer> {
    const caller = callerOf(context);
    const id = await context.gateway.createCustomer(caller, {
      platformCustomerId: input.platformCustomerId,
      customerType: input.customerType ?? 'INDIVIDUAL',
      umaAddress: input.umaAddress ?? undefined,
      region: input.region ?? undefined,
      currencies: input.currencies ?? [],
      email: input.email ?? undefined,
      phone: input.phone ?? undefined,
      locale: input.locale ?? undefined,
    });
    const record = await context.gateway.findCustomer(caller, id);
    if (!record) throw new GatewayError('NOT_FOUND', 'The customer was deleted meanwhile.');
    return toCustomer(record);
  }

  @FieldResolver(() => ContactVerification, {
    name: 'contactVerification',
    nullable: true,
    description:
      "Null where the workspace's policy does not require contact verification of this customer; a channel that is not required is null.",
  })
  ofCustomer(@Ctx() context: RequestContext, @Root() { record }: CustomerSource): ContactVerification | null {
    return contactVerificationOf(callerOf(context).workspace.contactVerificationPolicy, record);
  }

  @FieldResolver(() => [ContactPoint], { description: 'All contacts, verified or not, oldest first.' })
  async contactPoints(@Ctx() context: RequestContext, @Root() { record }: CustomerSource): Promise<ContactPoint[]> {
    const points = await context.gateway.listContactPoints(callerOf(context), record.id);
    return points.map((point) => ({ ...point, id: globalId('ContactPoint', point.id) }));
  }
}

async function findById(context: RequestContext, id: string): Promise<CustomerRecord | undefined> {
  const uuid = localId('Customer', id);
  return uuid === undefined ? undefined : context.gateway.findCustomer(callerOf(context), uuid);
}

const customerOrNull = (record: CustomerRecord | undefined): Customer | null => (record ? toCustomer(record) : null);
