import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { ContactKind as ContactKindValue } from '../kernel/contact.js';
import { ContactKind, CustomerType } from './enums.js';
import { CountryCode, Locale } from './scalars.js';

@InputType({ description: 'What changes of a customer; what is left out stays as it is.' })
export class UpdateCustomerInput {
  @Field(() => ID, { description: 'The customer.' })
  id!: string;

  @Field(() => CustomerType, { nullable: true, description: 'A person or a business.' })
  customerType?: keyof typeof CustomerType | null;

  @Field(() => String, { nullable: true, description: 'Unique within the mode.' })
  umaAddress?: string | null;

  @Field(() => CountryCode, {
    nullable: true,
    description: 'Decides which contacts the policy requires. Null takes it away.',
  })
  region?: string | null;

  @Field(() => [String], { nullable: true, description: 'Codes of 3 to 8 capitals and digits, in place of the old.' })
  currencies?: string[] | null;

  @Field(() => Locale, { nullable: true, description: 'The language in which messages are sent. Null takes it away.' })
  locale?: string | null;
}

@InputType({ description: 'A customer to be deleted.' })
export class DeleteCustomerInput {
  @Field(() => ID, { description: 'The customer.' })
  id!: string;
}

@InputType({ description: 'A contact of a customer.' })
export class ContactPointRefInput {
  @Field(() => ID, { description: 'The contact.' })
  id!: string;
}

@InputType({ description: 'A contact that somebody else has verified.' })
export class AttestContactPointInput {
  @Field(() => ID, { description: 'Whose contact it is.' })
  customerId!: string;

  @Field(() => ContactKind, { description: 'Email or phone.' })
  kind!: ContactKindValue;

  @Field(() => String, { description: 'The address, or the number in E.164.' })
  value!: string;

  @Field(() => String, { description: 'Who verified it: 1 to 100 characters, kept as evidence.' })
  attestedBy!: string;
}

@InputType({ description: 'A contact that wrong guesses have blocked.' })
export class UnblockContactInput {
  @Field(() => String, { description: 'The address, or the number in E.164.' })
  value!: string;
}

@ObjectType({ description: 'What became of a block.' })
export class UnblockContactPayload {
  @Field(() => Boolean, { description: 'False where the contact was not blocked; nothing has changed then.' })
  unblocked!: boolean;
}
