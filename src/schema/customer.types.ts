import { Field, InputType, ObjectType } from 'type-graphql';
import type { ContactVerificationStatus as Status } from '../customers/contact-verification.js';
import type { Evidence as EvidenceValue } from '../entities/contact-point.js';
import type { ContactKind as ContactKindValue } from '../kernel/contact.js';
import { ContactKind, ContactVerificationStatus, CustomerType, Evidence } from './enums.js';
import { Node } from './node.js';
import { CountryCode, DateTime, EmailAddress, Locale, PhoneNumber } from './scalars.js';

@ObjectType({ description: 'The contacts that a customer must verify, and how far that is.', simpleResolvers: true })
export class ContactVerification {
  @Field(() => ContactVerificationStatus, { nullable: true, description: 'Null where no email is required.' })
  email!: Status | null;

  @Field(() => ContactVerificationStatus, { nullable: true, description: 'Null where no phone number is required.' })
  phone!: Status | null;
}

@ObjectType({
  implements: Node,
  description: 'An email address or phone number of a customer. One of a kind is primary.',
  simpleResolvers: true,
})
export class ContactPoint extends Node {
  @Field(() => ContactKind, { description: 'Email or phone.' })
  kind!: ContactKindValue;

  @Field(() => String, { description: 'The address, or the number in E.164.' })
  value!: string;

  @Field(() => Boolean, { description: 'Whether it is the one of its kind that the customer is known by.' })
  isPrimary!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Null while it is not verified.' })
  verifiedAt!: Date | null;

  @Field(() => Evidence, { nullable: true, description: 'Null while it is not verified.' })
  verifiedBy!: EvidenceValue | null;

  @Field(() => String, { nullable: true, description: 'Who says that they verified it, where it was attested.' })
  attestedBy!: string | null;

  @Field(() => DateTime, { description: 'When the customer got it.' })
  createdAt!: Date;
}

@ObjectType({ implements: Node, description: 'A customer of the workspace.', simpleResolvers: true })
export class Customer extends Node {
  @Field(() => String, { description: "The workspace's own id of the customer, unique within the mode." })
  platformCustomerId!: string;

  @Field(() => CustomerType, { description: 'A person or a business.' })
  customerType!: keyof typeof CustomerType;

  @Field(() => String, { description: 'Always present; made by the gateway where none was given.' })
  umaAddress!: string;

  @Field(() => CountryCode, { nullable: true, description: 'Decides which contacts the policy requires.' })
  region!: string | null;

  @Field(() => [String], { description: 'Codes of the currencies enabled for the customer.' })
  currencies!: readonly string[];

  @Field(() => EmailAddress, { nullable: true, description: 'The primary email, verified or not.' })
  email!: string | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'The primary phone number, verified or not.' })
  phone!: string | null;

  @Field(() => Locale, { nullable: true, description: 'The language in which messages are sent.' })
  locale!: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it, or one of its primary contacts, last changed.' })
  updatedAt!: Date;

  @Field(() => Boolean, { description: 'Whether it was deleted.' })
  isDeleted!: boolean;
}

@InputType({ description: 'A new customer. Its contacts start unverified.' })
export class CreateCustomerInput {
  @Field(() => String, {
    description: '1 to 255 characters, unique within the mode; those of deleted customers are free.',
  })
  platformCustomerId!: string;

  @Field(() => CustomerType, { nullable: true, defaultValue: 'INDIVIDUAL', description: 'A person or a business.' })
  customerType?: keyof typeof CustomerType | null;

  @Field(() => String, { nullable: true, description: 'Default: one made by the gateway.' })
  umaAddress?: string | null;

  @Field(() => CountryCode, { nullable: true, description: 'Decides which contacts the policy requires.' })
  region?: string | null;

  @Field(() => [String], {
    nullable: true,
    defaultValue: [],
    description: 'Codes of 3 to 8 capitals and digits, such as USD or USDC.',
  })
  currencies?: string[] | null;

  @Field(() => EmailAddress, { nullable: true, description: 'Becomes the primary email, unverified.' })
  email?: string | null;

  @Field(() => PhoneNumber, { nullable: true, description: 'Becomes the primary phone number, unverified.' })
  phone?: string | null;

  @Field(() => Locale, { nullable: true, description: 'The language in which messages are sent.' })
  locale?: string | null;
}
