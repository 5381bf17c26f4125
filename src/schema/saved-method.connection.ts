import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { ForwardPageArgs, PageInfo } from './page.types.js';
import { SavedMethod } from './saved-method.types.js';

@ObjectType({ description: 'A saved method in a list.', simpleResolvers: true })
export class SavedMethodEdge {
  @Field(() => String, { description: 'Its place in the list, for after. Opaque.' })
  cursor!: string;

  @Field(() => SavedMethod, { description: 'The method.' })
  node!: SavedMethod;
}

@ObjectType({ description: 'A page of saved methods.', simpleResolvers: true })
export class SavedMethodConnection {
  @Field(() => [SavedMethodEdge], { description: 'Each with its cursor.' })
  edges!: SavedMethodEdge[];

  @Field(() => [SavedMethod], { description: 'Without their cursors.' })
  nodes!: SavedMethod[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

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
