import type { ApolloServer } from '@apollo/server';
import { buildSchema, type GraphQLFormattedError } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.js';
import { createApollo } from '../../../src/server/apollo.js';
import { createDocumentStore } from '../../../src/server/document-store.js';
import type { ServerContext } from '../../../src/server/graphql-request.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';

const schema = buildSchema(`
  enum Channel { SMS }
  input Deep { code: String!, length: Int, channel: Channel, deeper: Deep }
  type Query { echo(input: Deep, id: ID): Int, next: Query, short: Int, long: Int }
  type Mutation { confirm(input: Deep!): Int }
  type Subscription { changed: Int }
`);
const logged: unknown[] = [];
const logger = { warn() {}, error: (text: unknown) => void logged.push(text) } as unknown as Logger;
for (const [name, retryAfterSeconds] of Object.entries({ short: 7, long: 41 })) {
  Object.assign(schema.getQueryType()?.getFields()[name] ?? {}, {
    resolve() {
      throw new GatewayError('RATE_LIMITED', 'Wait.', { retryAfterSeconds });
    },
  });
}

let apollo: ApolloServer<ServerContext>;
beforeAll(async () => {
  apollo = createApollo({
    schema,
    documents: createDocumentStore(),
    logger,
    metrics: createMetrics(),
    production: true,
  });
  await apollo.start();
});
afterAll(() => apollo.stop());

async function execute(query: string, variables: Record<string, unknown> = {}) {
  const response = await apollo.executeOperation({ query, variables }, { contextValue: {} as ServerContext });
  if (response.body.kind !== 'single') throw new Error('an incremental answer');
  const errors = (response.body.singleResult.errors ?? []) as GraphQLFormattedError[];
  return { errors, first: errors[0]?.extensions, headers: response.http.headers };
}

describe('a variable that does not fit its type names the argument and the reason', () => {
  const document = 'mutation ($input: Deep!) { confirm(input: $input) }';

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['a number for a text', { input: { code: 3 } }, 'input.code', /^String cannot represent a non string value$/],
    ['a text for a number', { input: { code: '1', length: 'six' } }, 'input.length', /^Int cannot represent/],
    ['a fault further down', { input: { code: '1', deeper: { code: 3 } } }, 'input.deeper.code', /^String cannot/],
    ['an unknown value of an enum', { input: { code: '1', channel: 'FAX' } }, 'input.channel', /"Channel"/],
    ['a field too many', { input: { code: '1', kode: '1' } }, 'input', /"kode"/],
    ['a field too few', { input: {} }, 'input', /"code"/],
    ['nothing', {}, 'input', /required type "Deep!"/],
    ['null', { input: null }, 'input', /non-null type "Deep!"/],
  ])('%s', async (_, variables, argument, reason) => {
    const { errors, first } = await execute(document, variables);
    expect(errors).toHaveLength(1);
    expect(first).toMatchObject({ code: 'BAD_USER_INPUT', argument, reason: expect.stringMatching(reason) });
  });
});

describe('a document that cannot be run', () => {
  test.each([
    ['a syntax error', '{', 'GRAPHQL_PARSE_FAILED'],
    ['a thousand tokens and one', `{ ${'a '.repeat(999)} }`, 'QUERY_TOO_COMPLEX'],
    [
      'a text that repeats the words about too many tokens',
      '"Document contains more that 1000 tokens. Parsing aborted."',
      'GRAPHQL_PARSE_FAILED',
    ],
    ['an unknown field', '{ nowhere }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two root fields of a mutation',
      'mutation { a: confirm(input: { code: "1" }) b: confirm(input: { code: "2" }) }',
      'QUERY_TOO_COMPLEX',
    ],
    ['deep nesting', `{ ${'next { '.repeat(10)}short${' }'.repeat(10)} }`, 'QUERY_TOO_COMPLEX'],
  ])('is refused with a code: %s', async (_, document, code) => {
    const { errors } = await execute(document);
    expect(errors.map(({ extensions }) => extensions?.['code'])).toContain(code);
  });

  test('in production shows nothing of the schema: no introspection and no "Did you mean"', async () => {
    expect((await execute('{ __schema { types { name } } }')).first).toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    const { errors } = await execute('{ ech }');
    expect(JSON.stringify(errors)).not.toContain('echo');
  });

  // Apollo refuses what selects more than ten million fields; up to there our own rules must not walk them all.
  test.each([20, 90])(
    'denial of service by %i fragments that each spread the next twice is refused in a moment',
    async (levels) => {
      const fragments = Array.from(
        { length: levels },
        (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`,
      );
      const startedAt = performance.now();
      const { errors } = await execute(`{ ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { short }`);
      expect(errors.length).toBeGreaterThan(0);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    },
  );
});

test('what makes Apollo Server fail is not logged with the text of its sender', async () => {
  const subscription = 'subscription { changed @include(if: "ada@example.com") }';
  await expect(execute(subscription)).rejects.toThrow();
  expect(logged).toEqual(['Unexpected error processing request']);
});

describe('Retry-After', () => {
  test('is the longest wait of a response, for clients and proxies that do not read its body', async () => {
    const { headers, errors } = await execute('{ short long }');
    expect(errors).toHaveLength(2);
    expect(headers.get('retry-after')).toBe('41');
  });

  test('is absent where nothing was limited', async () => {
    expect((await execute('{ __typename }')).headers.get('retry-after')).toBeUndefined();
    expect((await execute('{ nowhere }')).headers.get('retry-after')).toBeUndefined();
  });
});
