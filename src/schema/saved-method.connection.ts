import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from './connection.js';
import { ForwardPageArgs } from './page.types.js';
import { SavedMethod } from './saved-method.types.js';

@ObjectType({ description: 'A saved method in a list.', simpleResolvers: true })
export class SavedMethodEdge extends EdgeOf(SavedMethod, 'The method.', 'after') {}

@ObjectType({ description: 'A page of saved methods.', simpleResolvers: true })
export class SavedMethodConnection extends ConnectionOf(SavedMethodEdge, SavedMethod) {}

/** A page of one customer's methods. */
@ArgsType()
export class SavedMethodsOfCustomerArgs extends ForwardPageArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether archived methods are listed too.',
  })
  includeArchived?: boolean | null;
}

@ArgsType()
export class SavedMethodsArgs extends SavedMethodsOfCustomerArgs {
  @Field(() => ID, { nullable: true, description: 'Keys name the customer.' })
  customerId?: string | null;
}
