import { ArgsType, Field, ObjectType } from 'type-graphql';
import { Customer } from './customer.types.js';
import { PageArgs, PageInfo } from './page.types.js';
import { EmailAddress, PhoneNumber } from './scalars.js';

@ObjectType({ description: 'A customer in a list.', simpleResolvers: true })
export class CustomerEdge {
  @Field(() => String, { description: 'Its place in the list, for after and before. Opaque.' })
  cursor!: string;

  @Field(() => Customer, { description: 'The customer.' })
  node!: Customer;
}

@ObjectType({ description: 'A page of customers.', simpleResolvers: true })
export class CustomerConnection {
  @Field(() => [CustomerEdge], { description: 'Each with its cursor.' })
  edges!: CustomerEdge[];

  @Field(() => [Customer], { description: 'Without their cursors.' })
  nodes!: Customer[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

@ArgsType()
export class CustomersArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: "Only the one with this id of the workspace's own." })
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
