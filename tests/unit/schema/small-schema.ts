import {
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';

const Address = new GraphQLInputObjectType({ name: 'Address', fields: { city: { type: GraphQLString } } });
const Input = new GraphQLInputObjectType({
  name: 'Input',
  fields: {
    email: { type: GraphQLString },
    customerId: { type: GraphQLString },
    count: { type: GraphQLInt },
    tags: { type: new GraphQLList(GraphQLString) },
    address: { type: Address },
  },
});

/** A schema of one query, one mutation and one subscription, each guarded as a test says. */
export function smallSchema(
  guards: { query?: unknown; mutation?: unknown; subscription?: unknown },
  resolve = () => 1,
  subscribe?: () => AsyncGenerator<number>,
) {
  const root = (name: string, guard: unknown, subscribe?: () => AsyncGenerator<number>) =>
    new GraphQLObjectType({
      name,
      fields: {
        field: {
          type: GraphQLInt,
          args: { id: { type: GraphQLString }, input: { type: new GraphQLNonNull(Input) } },
          resolve,
          ...(subscribe && { subscribe }),
          extensions: guard === undefined ? {} : { guard },
        },
      },
    });
  return new GraphQLSchema({
    query: root('Query', guards.query),
    ...('mutation' in guards && { mutation: root('Mutation', guards.mutation) }),
    ...('subscription' in guards && { subscription: root('Subscription', guards.subscription, subscribe) }),
  });
}
