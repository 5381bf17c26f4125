import { Field, InputType, Int, ObjectType } from 'type-graphql';

@InputType({ description: 'One operation, under the hash of its text.' })
export class OperationInput {
  @Field(() => String, { description: 'The SHA-256 of body in lower-case hex, 64 digits.' })
  id!: string;

  @Field(() => String, {
    description:
      'A document with one operation and the fragments it uses, at most 50,000 bytes, valid within the limits.',
  })
  body!: string;
}

@InputType({ description: 'Operations to be published.' })
export class PublishOperationsInput {
  @Field(() => [OperationInput], { description: '1 to 500 operations.' })
  operations!: OperationInput[];
}

@ObjectType({ description: 'What became of the operations of one call.' })
export class PublishedOperations {
  @Field(() => Int, { description: 'How many can be run from now on.' })
  published!: number;

  @Field(() => Int, { description: 'How many could be run before; nothing changed for them.' })
  alreadyPublished!: number;
}
