import { ArgsType, Field, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from './connection.js';
import { Customer } from './customer.types.js';
import { PageArgs } from './page.types.js';
import { EmailAddress, PhoneNumber } from './scalars.js';

@ObjectType({ description: 'A customer in a list.', simpleResolvers: true })
export class CustomerEdge extends EdgeOf(Customer, 'The customer.', 'after and before') {}

@ObjectType({ description: 'A page of customers.', simpleResolvers: true })
export class CustomerConnection extends ConnectionOf(CustomerEdge, Customer) {}

@ArgsType()
export class CustomersArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: "Only those with this id of the workspace's own: one, unless deleted customers are listed too.",
  })
  platformCustomerId?: string | null;

  @Field(() => EmailAddress, {
    nullable: true,
    description: 'Only those with this email, primary or not, verified or not.',
  })
  email?: string | null;

  @Field(() => PhoneNumber, {
    nullable: true,
    description: 'Only those with this phone number, primary or not, verified or not.',
  })
  phone?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether deleted customers are listed too.',
  })
  includeDeleted?: boolean | null;
}
