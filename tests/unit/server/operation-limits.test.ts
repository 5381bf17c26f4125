import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.js';
import {
  depthLimit,
  MAX_DEPTH,
  MAX_ROOT_QUERIES,
  MAX_TOKENS,
  rootFieldLimit,
} from '../../../src/server/operation-limits.js';

const schema = buildSchema(`
  interface Node { id: ID, next: Query }
  type Query implements Node { id: ID, next: Query }
  type Mutation { confirm(code: String): Query }
`);

const faultsOf = (document: string) => {
  const errors = validate(schema, parse(document, { maxTokens: MAX_TOKENS }), [rootFieldLimit, depthLimit]);
  for (const { originalError } of errors) expect((originalError as GatewayError).code).toBe('QUERY_TOO_COMPLEX');
  return errors.map(({ message }) => message);
};
const aliases = (count: number, field = 'id') =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');
const nested = (depth: number) => `${'next { '.repeat(depth - 1)}id${' }'.repeat(depth - 1)}`;

describe('brute force by aliases: a mutation has one root field', () => {
  const ONE = 'A mutation has one root field; this one has 2.';

  test.each([
    ['two aliases', 'mutation { a: confirm(code: "1") { id } b: confirm(code: "2") { id } }'],
    ['a field and a fragment', 'mutation { a: confirm { id } ...F } fragment F on Mutation { b: confirm { id } }'],
    ['one fragment spread twice', 'mutation { ...F ...F } fragment F on Mutation { b: confirm { id } }'],
    ['an inline fragment', 'mutation { ... on Mutation { a: confirm { id } b: confirm { id } } }'],
    ['inline fragments without a type', 'mutation { ... { a: confirm { id } } ... { b: confirm { id } } }'],
    [
      'a fragment inside a fragment',
      'mutation { ...F } fragment F on Mutation { a: confirm { id } ...G } fragment G on Mutation { b: confirm { id } }',
    ],
    ['the same field twice', 'mutation { confirm(code: "1") { id } confirm(code: "1") { id } }'],
    ['a directive that may skip one', 'mutation { a: confirm { id } b: confirm @skip(if: true) { id } }'],
  ])('%s', (_, document) => {
    expect(faultsOf(document)).toEqual([ONE]);
  });

  test('a __typename beside it runs nothing and is no second one', () => {
    expect(faultsOf('mutation { __typename confirm { id } }')).toEqual([]);
    expect(faultsOf('mutation { __typename a: confirm { id } b: confirm { id } }')).toEqual([ONE]);
  });

  test('one of several operations is judged by itself', () => {
    expect(faultsOf('mutation A { a: confirm { id } } mutation B { a: confirm { id } b: confirm { id } }')).toEqual([
      ONE,
    ]);
    expect(faultsOf('mutation A { confirm { id } } mutation B { confirm { id } } query C { id }')).toEqual([]);
  });

  test('a hundred aliases of a confirmation are refused with their number', () => {
    expect(faultsOf(`mutation { ${aliases(100, 'confirm { id }')} }`)).toEqual([ONE.replace('2', '100')]);
  });
});

describe('a query', () => {
  test(`has ${MAX_ROOT_QUERIES} root fields at most, aliases and fragments counted`, () => {
    expect(faultsOf(`{ ${aliases(MAX_ROOT_QUERIES)} }`)).toEqual([]);
    expect(faultsOf(`{ ${aliases(MAX_ROOT_QUERIES + 1)} }`)).toHaveLength(1);
    expect(faultsOf(`{ ...F x: id } fragment F on Query { ${aliases(MAX_ROOT_QUERIES)} }`)).toHaveLength(1);
    expect(faultsOf(`{ ... { ${aliases(MAX_ROOT_QUERIES)} } x: id }`)).toHaveLength(1);
  });

  test('may have any number of fields below its root', () => {
    expect(faultsOf(`{ next { ${aliases(200)} } }`)).toEqual([]);
  });

  test(`is nested ${MAX_DEPTH} deep at most`, () => {
    expect(faultsOf(`{ ${nested(MAX_DEPTH)} }`)).toEqual([]);
    expect(faultsOf(`{ ${nested(MAX_DEPTH + 1)} }`)).toEqual(['Fields may be nested 10 deep at most.']);
  });

  test('hides no depth in fragments, inline or named, nor behind a shallow field', () => {
    const deep = nested(MAX_DEPTH);
    expect(faultsOf(`{ next { ...F } } fragment F on Query { ${deep} }`)).toHaveLength(1);
    expect(faultsOf(`{ ...F } fragment F on Query { next { ...G } } fragment G on Query { ${deep} }`)).toHaveLength(1);
    expect(faultsOf(`{ next { ... on Node { ${deep} } } }`)).toHaveLength(1);
    expect(faultsOf(`{ next { ... { ${deep} } } }`)).toHaveLength(1);
    expect(faultsOf(`{ id next { id ${deep} } }`)).toHaveLength(1);
    expect(faultsOf(`{ id ...F } fragment F on Query { ${deep} }`)).toEqual([]);
  });

  test('of introspection is deeper than that, and every client sends it', () => {
    const types = `${'ofType { '.repeat(9)}name${' }'.repeat(9)}`;
    expect(faultsOf(`{ __schema { types { fields { type { ${types} } } } } }`)).toEqual([]);
  });
});

describe('a document made to be expensive is judged in a moment', () => {
  // Judging one of these by walking every spread takes longer than the universe has.
  const doubling = (levels: number, leaf: string) =>
    Array.from({ length: levels }, (_, level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`)
      .concat(`fragment F${levels} on Query { ${leaf} }`)
      .join(' ');

  test.each([
    ['ninety fragments that each spread the next twice', `{ ...F0 } ${doubling(90, 'id')}`, 1],
    ['the same below the root', `{ next { ...F0 } } ${doubling(90, 'id')}`, 0],
    ['the same around a deep selection', `{ next { ...F0 } } ${doubling(80, nested(MAX_DEPTH))}`, 1],
    ['a fragment that spreads itself', '{ ...F } fragment F on Query { id ...F }', 0],
    ['a fragment that nests itself', '{ ...F } fragment F on Query { next { ...F } }', 0],
    [
      'a cycle of two, each spread twice',
      '{ ...F ...G } fragment F on Query { next { ...G ...G } } fragment G on Query { next { ...F ...F } }',
      0,
    ],
    ['a fragment that does not exist', '{ ...Nowhere next { ...Nowhere } }', 0],
  ])(
    '%s',
    (_, document, faults) => {
      const startedAt = performance.now();
      expect(faultsOf(document)).toHaveLength(faults);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    },
    5_000,
  );

  test('cycles of fragments are refused by a rule of the standard, which this rule leaves them to', () => {
    const cycle = parse('{ ...F } fragment F on Query { next { ...F } }');
    expect(validate(schema, cycle).map(({ message }) => message)).toEqual([
      'Cannot spread fragment "F" within itself.',
    ]);
  });
});
