import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { GatewayError } from '../../../src/kernel/errors.js';
import { listLimit } from '../../../src/server/list-limit.js';
import { MAX_TOKENS } from '../../../src/server/operation-limits.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

const faultsOf = (document: string) => {
  const errors = validate(schema, parse(document, { maxTokens: MAX_TOKENS }), [listLimit]);
  for (const { originalError } of errors) expect((originalError as GatewayError).code).toBe('QUERY_TOO_COMPLEX');
  return errors.map(({ message }) => message);
};
/** Verifications of the customers of verifications…: so many lists within one another. */
const circle = (levels: number, page = ''): string =>
  `verifications${page} { nodes { ${levels > 1 ? `customer { ${circle(levels - 1, page)} }` : 'id'} } }`;
const aliases = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${text}`).join(' ');
const ofCustomers = (first: number) =>
  `{ customers(first: ${first}) { nodes { id verifications(first: 100) { nodes { id } } } } }`;

describe('what clients ask for passes:', () => {
  test.each([
    ['twenty lists beside one another', `{ ${aliases(20, 'verifications(first: 100) { nodes { id } }')} }`],
    ['a page of customers with all that they have', ofCustomers(100)],
    [
      'and two lists of each, as large as they can be',
      'query ($n: Int) { customers(first: $n) { nodes { verifications(first: $n) { nodes { id } } savedMethods(first: $n) { nodes { id } } } } }',
    ],
    ['three lists of the default size within one another', `{ ${circle(3)} }`],
    [
      'a page size in a variable',
      'query ($n: Int) { customers(first: $n) { nodes { verifications(first: $n) { nodes { id } } } } }',
    ],
    ['both forms of a page', '{ customers { nodes { id } edges { node { verifications { nodes { id } } } } } }'],
    ['introspection', '{ __schema { types { fields { args { name } } } } }'],
  ])('%s', (_, document) => {
    expect(faultsOf(document)).toEqual([]);
  });
});

describe('attack: values without end by aliases of what is no page:', () => {
  const widest = { workspace: aliases(40, 'eligibleCountries'), steps: aliases(100, 'status') };
  test.each([
    [
      'lists of scalars',
      `{ ${aliases(20, 'viewer { ...V }')} } fragment V on Viewer { ${aliases(20, 'workspace { ...W }')} } fragment W on Workspace { ${widest.workspace} }`,
    ],
    [
      'nodes of one entry in one another',
      `{ verifications(first: 1) { ${aliases(20, 'nodes { customer { ...C } }')} } } fragment C on Customer { verifications(first: 1) { ${aliases(20, 'nodes { customer { ...D } }')} } } fragment D on Customer { verifications(first: 25) { ${aliases(20, 'nodes { ...V }')} } } fragment V on Verification { ${widest.steps} }`,
    ],
    [
      'lists of objects',
      `{ verifications(first: 100) { ${aliases(20, 'nodes { ...V }')} } } fragment V on Verification { ${aliases(40, 'steps { ...S }')} } fragment S on VerificationStep { ${aliases(40, 'status')} }`,
    ],
  ])('%s', (_, document) => {
    expect(faultsOf(document)).toEqual([
      expect.stringMatching(/^An answer may come to 500000 values; this one comes to \d{6,}\. Ask for less at once\.$/),
    ]);
  });
});

describe('attack: statements without end by lists within lists:', () => {
  test.each([
    ['four of the default size', `{ ${circle(4)} }`],
    ['three of the largest', `{ ${circle(3, '(first: 100)')} }`],
    ['pages from the end', `{ verifications(last: 100) { nodes { customer { ${circle(2, '(first: 100)')} } } } }`],
    [
      'one entry each, under aliases',
      `{ ${aliases(20, `verifications(first: 100) { nodes { customer { ${circle(1, '(first: 1)')} } } }`)} }`,
    ],
    ['edges for nodes', `{ verifications { edges { node { customer { ${circle(3)} } } } } }`],
    [
      'a fragment',
      `{ ${aliases(3, '...F').replace(/a\d+: /g, '')} } fragment F on Query { b: ${circle(2, '(first: 100)')} c: ${circle(2, '(first: 100)')} }`,
    ],
    [
      'fragments in fragments',
      `{ verifications(first: 100) { nodes { customer { ...F } } } } fragment F on Customer { ${circle(2, '(first: 100)')} }`,
    ],
    ['inline fragments on an interface', `{ node(id: "x") { ... on Customer { ${circle(4)} } } }`],
    ['inline fragments without a type', `{ ... { ${circle(4)} } }`],
    ['a size that no page has', `{ ${circle(3, '(first: 99999999999)')} }`],
    ['a page size in a variable, whatever its default', `query ($n: Int = 1) { ${circle(3, '(first: $n)')} }`],
    [
      'the answer of a mutation',
      `mutation { cancelVerification(input: { verificationId: "x" }) { ... on VerificationSent { verification { customer { ${circle(3, '(first: 100)')} } } } } }`,
    ],
  ])('%s', (_, document) => {
    expect(faultsOf(document)).toHaveLength(1);
  });

  test('the caller is told how much it would be, and what to do', () => {
    expect(faultsOf(`{ ${circle(3, '(first: 100)')} }`)).toEqual([
      'Lists within lists may come to 1000 lists and 25000 entries; these come to 10101 and 1010100. Ask for smaller pages.',
    ]);
  });

  test('a size of nothing hides nothing', () => {
    expect(faultsOf(`{ a: verifications(first: 0) { nodes { id } } b: ${circle(4)} }`)).toHaveLength(1);
    expect(
      faultsOf(`{ a: verifications(first: -100) { nodes { customer { ${circle(1)} } } } b: ${circle(4)} }`),
    ).toHaveLength(1);
  });

  test('of several operations each is judged by itself', () => {
    expect(faultsOf(`query A { ${circle(3)} } query B { ${circle(4)} }`)).toHaveLength(1);
  });

  test('fragments that double, or stand in one another, are judged in a moment', () => {
    const doubling = Array.from({ length: 60 }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`);
    const startedAt = performance.now();
    expect(faultsOf(`{ ...F0 } ${doubling.join(' ')} fragment F60 on Query { ${circle(1)} }`)).toHaveLength(1);
    expect(faultsOf('{ ...F } fragment F on Query { ...F }')).toEqual([]);
    expect(faultsOf('{ ...Nowhere ... on Nothing { id } nothing { id } }')).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
