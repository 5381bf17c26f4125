import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { CardType as CardTypeValue, SavedMethodType as SavedMethodTypeValue } from '../entities/saved-method.js';
import { CardType, SavedMethodType } from './enums.js';
import { Node } from './node.js';
import { CountryCode, DateTime } from './scalars.js';

@ObjectType({
  implements: Node,
  description:
    'An instrument that a customer saved, one for all merchants of the workspace. Only what may be shown: neither a number nor the id of a processor.',
  simpleResolvers: true,
})
export class SavedMethod extends Node {
  @Field(() => SavedMethodType, { description: 'What it is.' })
  type!: SavedMethodTypeValue;

  @Field(() => String, { nullable: true, description: 'The network, for example Visa.' })
  brand!: string | null;

  @Field(() => CardType, { nullable: true, description: 'Null where nobody said, and for what is no card.' })
  cardType!: CardTypeValue | null;

  @Field(() => String, { nullable: true, description: 'The last four digits of its number.' })
  last4!: string | null;

  @Field(() => Int, { nullable: true, description: '1 to 12.' })
  expiryMonth!: number | null;

  @Field(() => Int, { nullable: true, description: 'With its century, for example 2030.' })
  expiryYear!: number | null;

  @Field(() => String, { nullable: true, description: 'Whose name it bears.' })
  holderName!: string | null;

  @Field(() => CountryCode, { nullable: true, description: 'Where it was issued.' })
  issuerCountry!: string | null;

  @Field(() => String, { nullable: true, description: 'The bank that issued it or that holds the account.' })
  bankName!: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217, for example EUR.' })
  currency!: string | null;

  @Field(() => DateTime, { description: 'When it was first saved, for any merchant.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Null while it is in use.' })
  archivedAt!: Date | null;
}

@ObjectType({ description: 'What the processor of one merchant calls a saved method.', simpleResolvers: true })
export class MaterializedMethod {
  @Field(() => String, { description: "The processor's id. Keep it no longer than the charge takes." })
  instrumentId!: string;

  @Field(() => String, { description: 'The merchant whose instrument it is.' })
  merchantId!: string;

  @Field(() => SavedMethod, { description: 'The method.' })
  method!: SavedMethod;
}

@InputType({
  description:
    'An instrument to be saved. The same instrument (same fingerprint) for another merchant adds to the one canonical method; of what is shown, what was said last stands. A card number is refused wherever it is.',
})
export class SaveMethodInput {
  @Field(() => ID, { nullable: true, description: 'Keys name the customer.' })
  customerId?: string | null;

  @Field(() => String, { description: '1 to 100 characters, as the workspace calls the merchant.' })
  merchantId!: string;

  @Field(() => String, {
    description:
      "The processor's id, 1 to 255 characters of ASCII without spaces: stored for materializeSavedMethod, returned nowhere else.",
  })
  instrumentId!: string;

  @Field(() => String, {
    description:
      '1 to 255 characters by which the processor tells one instrument from another; equal for equal instruments.',
  })
  fingerprint!: string;

  @Field(() => SavedMethodType, { description: 'What it is.' })
  type!: SavedMethodTypeValue;

  @Field(() => String, { nullable: true, description: 'At most 50 characters, for example Visa.' })
  brand?: string | null;

  @Field(() => CardType, { nullable: true, description: 'Of a card.' })
  cardType?: CardTypeValue | null;

  @Field(() => String, { nullable: true, description: 'Exactly four digits.' })
  last4?: string | null;

  @Field(() => Int, { nullable: true, description: '1 to 12.' })
  expiryMonth?: number | null;

  @Field(() => Int, { nullable: true, description: '2000 to 2100.' })
  expiryYear?: number | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  holderName?: string | null;

  @Field(() => CountryCode, { nullable: true, description: 'Where it was issued.' })
  issuerCountry?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  bankName?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217, for example EUR.' })
  currency?: string | null;
}

@InputType({ description: 'A saved method.' })
export class SavedMethodRefInput {
  @Field(() => ID, { description: 'The method.' })
  id!: string;
}

@InputType({ description: 'A saved method and the merchant that is about to charge it.' })
export class MaterializeSavedMethodInput {
  @Field(() => ID, { description: 'The method.' })
  id!: string;

  @Field(() => String, { description: 'The merchant.' })
  merchantId!: string;
}
