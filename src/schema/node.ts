import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({
  description: 'An object with an id that is unique among all objects (Global Object Identification).',
  resolveType: ({ id }: Node) => id.slice(0, id.indexOf(':')),
})
export abstract class Node {
  @Field(() => ID, { description: 'Opaque but for its type, which stands before the colon.' })
  id!: string;
}
