import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import type { GatewayError } from '../../../src/kernel/errors.js';
import { introspectionLimit } from '../../../src/server/introspection-limit.js';

const schema = buildSchema('type Query { id: ID, next: Query }');
const codesOf = (document: string) =>
  validate(schema, parse(document), [introspectionLimit]).map(
    ({ originalError }) => (originalError as GatewayError).code,
  );

test.each([
  ['the list of types', '{ __schema { a: types { name } b: types { name } } }'],
  ['the schema itself', '{ a: __schema { types { name } } }'],
  ['the fields of a type', '{ __type(name: "Query") { a: fields { name } } }'],
  ['in a fragment', '{ __schema { types { ...T } } } fragment T on __Type { a: fields { name } }'],
  ['in a fragment without a type', '{ __schema { ... { a: types { name } } } }'],
])('an answer made sixty times as long by aliases within introspection is refused: %s', (_, document) => {
  expect(codesOf(document)).toContain('QUERY_TOO_COMPLEX');
});

test.each([
  ['the query of tools', getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true })],
  ['several types by their names', '{ a: __type(name: "Query") { name } b: __type(name: "ID") { name } }'],
  ['aliases elsewhere', '{ a: id b: next { t: __typename c: id } }'],
  ['an alias that is the name', '{ __schema { types: types { name } } }'],
])('%s passes', (_, document) => {
  expect(codesOf(document)).toEqual([]);
});
