import { buildSchema, GraphQLError, getVariableValues, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { coercionOf, withoutValues } from '../../../src/server/without-values.js';

const SECRET = 'PIkxmtueemLD6dN9';
const schema = buildSchema(
  'enum E { A B } input I { a: String! e: E n: Int o: I } type Query { f(i: I, s: String, n: Int): Int }',
);
const document = parse('query ($i: I!) { f(i: $i) }');
const [operation] = document.definitions;

/** What graphql-js says of a variable. */
function refusals(i: unknown): { error: GraphQLError; read: ReturnType<typeof coercionOf> }[] {
  if (operation?.kind !== 'OperationDefinition') throw new TypeError('no operation');
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], i === undefined ? {} : { i });
  return (errors ?? []).map((error) => ({ error, read: coercionOf(error.message, error.originalError?.message) }));
}

describe('a variable that is refused', () => {
  test.each<[string, unknown, { argument: string; reason: string }]>([
    ['in a field', { a: 3 }, { argument: 'i.a', reason: 'String cannot represent a non string value' }],
    [
      'deep inside',
      { a: 'x', o: { a: 3 } },
      { argument: 'i.o.a', reason: 'String cannot represent a non string value' },
    ],
    [
      'for what is missing',
      { e: SECRET },
      { argument: 'i', reason: 'Field "a" of required type "String!" was not provided.' },
    ],
    ['for an enum', { a: 'x', e: SECRET }, { argument: 'i.e', reason: 'The value does not exist in "E" enum.' }],
    ['for what is no object', SECRET, { argument: 'i', reason: 'Expected type "I" to be an object.' }],
    [
      'for a field too many',
      { a: SECRET, zebra: 1 },
      { argument: 'i', reason: 'Field "zebra" is not defined by type "I".' },
    ],
    ['for a number', { a: 'x', n: SECRET }, { argument: 'i.n', reason: 'Int cannot represent non-integer value' }],
    [
      'that is not there',
      undefined,
      { argument: 'i', reason: 'Variable "$i" of required type "I!" was not provided.' },
    ],
  ])('%s is named with its reason', (_, value, expected) => {
    expect(refusals(value).map(({ read }) => read)).toContainEqual(expected);
  });

  test('is not repeated, whatever is in it', () => {
    const hostile = [
      SECRET,
      `${SECRET}; x`,
      `; ${SECRET}`,
      `x at "${SECRET}`,
      `" at "${SECRET}"; `,
      `${SECRET}\n`,
      `value: ${SECRET}`,
    ];
    for (const text of hostile) {
      for (const value of [
        text,
        { e: text },
        { a: text, e: text, n: text, o: text },
        { o: { n: text } },
        { a: [text] },
      ]) {
        const found = refusals(value);
        expect(found.length).toBeGreaterThan(0);
        expect(JSON.stringify(found.map(({ read }) => read))).not.toContain(SECRET);
      }
    }
  });
});

describe('a document that is refused', () => {
  const told = (text: string): string[] => {
    try {
      return validate(schema, parse(text)).map(({ message }) => withoutValues(message));
    } catch (error) {
      return [withoutValues((error as GraphQLError).message)];
    }
  };

  test.each([
    `{ f(i: "${SECRET}") }`,
    `{ f(i: { a: "x", e: "${SECRET}" }) }`,
    `{ f(i: { a: "x", e: ${SECRET} }) }`,
    `{ f(i: { a: "x", n: "${SECRET}" }) }`,
    `{ f(s: ["${SECRET}"]) }`,
    `{ f(i: [{ a: "${SECRET}" }, 1]) }`,
    `{ f("${SECRET}") }`,
    `{ f(i: { "${SECRET}" }) }`,
    `{ f(i: { """${SECRET}""" }) }`,
    `query "${SECRET}"`,
  ])('is refused without its values: %s', (text) => {
    const messages = told(text);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join()).not.toContain(SECRET);
  });

  test('is still explained', () => {
    expect(told('{ zebra }')).toEqual(['Cannot query field "zebra" on type "Query".']);
    expect(told('{ f(n: "1") }')).toEqual(['Int cannot represent non-integer value']);
    expect(told('{ f(')).toEqual(['Syntax Error: Expected Name, found <EOF>.']);
  });
});

test('what would repeat a card number elsewhere is withheld', () => {
  expect(withoutValues('Cannot query field "n4242424242424242" on type "Query".')).not.toContain('4242');
});

test('an answer made long by the name of a field repeats a thousand characters of it', () => {
  const told = withoutValues(`Cannot query field "${'a'.repeat(90_000)}" on type "Query".`);
  expect(told).toHaveLength(1_001);
  expect(told).toMatch(/^Cannot query field "a+…$/);
});

test('what is no message of a variable is not read as one', () => {
  expect(coercionOf('Syntax Error: x', undefined)).toBeUndefined();
});
