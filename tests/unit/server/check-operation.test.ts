/** What publishing says of a text that cannot run: it goes into answers and logs of callers. */
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { createOperationCheck } from '../../../src/server/check-operation.js';

const check = createOperationCheck(buildSchema('enum E { ONE } type Query { field(number: Int, e: E): String }'));
const faultOf = (body: string): string => {
  const found = check(body);
  return 'fault' in found ? found.fault : 'none';
};

test.each([
  ['a value of another type', '{ field(number: "s3cret") }'],
  ['a value of no enum', '{ field(e: s3cret) }'],
  ['an object', '{ field(number: { s3cret: 1 }) }'],
  ['a text where none may be', '{ "s3cret" }'],
])('attack: %s is told with its place and never repeated', (_, body) => {
  expect(faultOf(body)).not.toContain('s3cret');
  expect(faultOf(body)).toMatch(/^\w.* \(line 1, column \d+\)$/);
});

test('attack: a name of 40 kB is told by its beginning', () => {
  const told = faultOf(`{ ${'a'.repeat(40_000)} }`);
  expect(told).toMatch(/^Cannot query field "a+… \(line 1, column 3\)$/);
  expect(told.length).toBeLessThan(1_100);
});

test('attack: a card number in a name is not repeated', () => {
  expect(faultOf('{ n4242424242424242 }')).toMatch(/^The message is withheld.* \(line 1, column 3\)$/);
});
