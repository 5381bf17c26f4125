import { buildSchema, findBreakingChanges, type GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';
import { readText } from './sources.js';

const breaks = (before: GraphQLSchema, after: GraphQLSchema) =>
  findBreakingChanges(before, after).map(({ description }) => description);

test('schema.graphql breaks no client of the last release, whose schema docs/schema-baseline.graphql is', () => {
  const released = buildSchema(readText('docs/schema-baseline.graphql'));
  expect(breaks(released, buildSchema(readText('schema.graphql')))).toEqual([]);
});

test.each([
  ['a field that is gone', 'type Query { b: Int }'],
  ['a field of another type', 'type Query { a: String b: Int }'],
  ['an argument that must be given', 'type Query { a(x: Int!): Int b: Int }'],
])('this test sees %s', (_, after) => {
  expect(breaks(buildSchema('type Query { a: Int b: Int }'), buildSchema(after))).toHaveLength(1);
});
