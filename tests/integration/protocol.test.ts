/** GraphQL over HTTP as its specification has it, measured by graphql-http's own audits beside a stock server. */
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { auditServer } from 'graphql-http';
import { afterAll, describe, expect, test } from 'vitest';
import { DOCUMENTS } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const workspace = await gateway.workspace();
const { test: caller } = workspace;
const { id: keyId, secret } = await workspace.key();
const BASIC = `Basic ${btoa(`${keyId}:${secret}`)}`;

async function audit(url: string) {
  const results = await auditServer({ url, fetchFn: fetch });
  const failed = results.filter(({ status }) => status !== 'ok').map(({ name }) => name);
  const passed = (level: string) =>
    results.filter(({ name, status }) => name.startsWith(level) && status === 'ok').length;
  return {
    failed,
    must: passed('MUST'),
    should: passed('SHOULD'),
    ok: results.length - failed.length,
    of: results.length,
  };
}

test('every MUST of the audits passes, and of SHOULD at least as many as of a stock Apollo server', async () => {
  const stock = new ApolloServer({ typeDefs: 'type Query { hello: String }', logger: quiet });
  const { url } = await startStandaloneServer(stock, { listen: { port: 0, host: '127.0.0.1' } });
  try {
    const [ours, theirs] = [await audit(`${gateway.url}/graphql`), await audit(url)];
    expect(ours.of).toBeGreaterThan(50);
    expect(ours.failed.filter((name) => name.startsWith('MUST'))).toEqual([]);
    expect(ours.should).toBeGreaterThanOrEqual(theirs.should);
    expect(ours.ok).toBeGreaterThanOrEqual(theirs.ok);
  } finally {
    await stock.stop();
  }
});

const get = (query: string, headers: Record<string, string> = { authorization: `Bearer ${caller.key}` }) =>
  fetch(`${gateway.url}/graphql?${new URLSearchParams({ query })}`, { headers });

describe('a condition on a field', () => {
  test('is one that every server of GraphQL knows: skip and include', async () => {
    const query = '($yes: Boolean!) { viewer { kind @skip(if: $yes) mode @include(if: $yes) } }';
    expect((await caller.query(`query ${query}`, { yes: true })).body).toEqual({ data: { viewer: { mode: 'TEST' } } });
  });

  test.each([
    'subscription ($if: Boolean!) { verificationChanged(id: "x") @include(if: $if) { id } }',
    'subscription { verificationChanged(id: "ada@example.com") @include(if: 3) { id } }',
    'subscription { ... { verificationChanged(id: "x") @include(if: false) { id } } }',
    'subscription { ...F @skip(if: "ada@example.com") } fragment F on Subscription { verificationChanged(id: "x") { id } }',
  ])('attack: %s is no accident of the server, and nothing of it is logged', async (query) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { if: true } }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(gateway.logs.filter((line) => /ada@example|verificationChanged/.test(line))).toEqual([]);
    const published = await caller.query(
      'mutation ($input: PublishOperationsInput!) { publishOperations(input: $input) { __typename } }',
      { input: { operations: [{ body: query }] } },
    );
    expect(published.body.errors?.[0]?.extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  });
});

describe('GET', () => {
  test('answers a query', async () => {
    const response = await get('{ viewer { kind } }');
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { data: { viewer: { kind: 'SECRET_KEY' } } },
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.each<[string, Record<string, string>]>([
    ['Bearer', { authorization: `Bearer ${caller.key}` }],
    ['bearer', { authorization: `bearer ${caller.key}` }],
    ['AccessKey', { authorization: `AccessKey ${caller.key}` }],
    ['X-Api-Key', { 'x-api-key': caller.key }],
    ['Basic beside the header that a page must ask for', { authorization: BASIC, 'apollo-require-preflight': 'true' }],
    ['Basic beside X-Api-Key', { authorization: BASIC, 'x-api-key': caller.key }],
  ])('answers who shows a credential by %s, and nothing else', async (_, headers) => {
    expect(await (await get('{ viewer { kind } }', headers)).json()).toEqual({
      data: { viewer: { kind: 'SECRET_KEY' } },
    });
  });

  test('refuses a mutation with 405 and does not run it', async () => {
    const before = await rowCounts(gateway.sql);
    const response = await get('mutation { createCustomer(input: {platformCustomerId: "by-get"}) { id } }');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });
});

describe('a request that a foreign page can make a browser send without asking (CSRF)', () => {
  const mutation = 'mutation { createCustomer(input: {platformCustomerId: "forged"}) { id } }';
  const forms: [string, string][] = [
    ['text/plain', JSON.stringify({ query: mutation })],
    ['text/plain;charset=application/json', JSON.stringify({ query: mutation })],
    ['application/x-www-form-urlencoded', new URLSearchParams({ query: mutation }).toString()],
    [
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n${mutation}\r\n--x--\r\n`,
    ],
    ['', JSON.stringify({ query: mutation })],
  ];
  test.each(forms)('of type "%s" is refused and not run', async (type, body) => {
    const before = await rowCounts(gateway.sql);
    const headers: Record<string, string> = { authorization: `Bearer ${caller.key}` };
    if (type !== '') headers['content-type'] = type;
    // A blob without a type is sent without a content type.
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: new Blob([body]) });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });

  test.each([
    ['without a credential', undefined],
    ['with the Basic credential that a browser adds by itself after its login dialog', BASIC],
  ])('attack: a GET %s is refused and not run', async (_, authorization) => {
    const types = [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];
    const accepts = ['*/*', 'text/html', 'text/event-stream'];
    for (const query of ['{ viewer { kind } }', '{ __typename }', mutation]) {
      for (const [type, accept] of types.flatMap((each) => accepts.map((other) => [each, other] as const))) {
        const headers = { ...(authorization && { authorization }), ...(type && { 'content-type': type }), accept };
        const response = await get(query, headers);
        const text = await response.text();
        if (accept !== 'text/event-stream') expect(response.status).toBe(400);
        expect(text).toContain('"BAD_REQUEST"');
        expect(text).not.toContain('"data"');
      }
    }
  });
});

describe('a page of another origin', () => {
  const options = (headers: Record<string, string>, path = '/graphql') =>
    fetch(`${gateway.url}${path}`, { method: 'OPTIONS', headers });
  const preflight = (origin: string) =>
    options({
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    });
  const grantsOf = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  test('is let in where its origin is listed', async () => {
    const { status, headers } = await preflight('https://app.example');
    expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
      status: 204,
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization',
      'access-control-expose-headers': 'retry-after, x-request-id',
      'access-control-max-age': '600',
      vary: expect.stringMatching(/^Origin/),
    });
  });

  test.each([
    ['/graphql', {}, 405, 'GET, POST', 'BAD_REQUEST'],
    ['/graphql', { origin: 'https://app.example' }, 405, 'GET, POST', 'BAD_REQUEST'],
    ['/graphql', { 'access-control-request-method': 'POST' }, 405, 'GET, POST', 'BAD_REQUEST'],
    ['/nowhere', {}, 404, null, 'NOT_FOUND'],
  ])(
    'an OPTIONS of %s with %j, which is no preflight, is a method like any other: %i with a code',
    async (path, given, status, allow, code) => {
      const response = await options(given, path);
      expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
      const requestId = response.headers.get('x-request-id');
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code, requestId } }] });
    },
  );

  test.each(['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'])(
    '%s is not',
    async (origin) => {
      expect(grantsOf(await preflight(origin))).toEqual([]);
      const headers = { origin, 'content-type': 'application/json', authorization: `Bearer ${caller.key}` };
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers,
        body: '{"query":"{ viewer { mode } }"}',
      });
      expect(grantsOf(response)).toEqual([]);
    },
  );
});

test('a document that does not parse, one that is not valid and a missing one are told apart', async () => {
  expect(errorOf(await caller.query('{ viewer'))).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
  expect(errorOf(await caller.query('{ nothing }'))).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(errorOf(await caller.query(''))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  const unknown = await caller.query(DOCUMENTS.customer, { id: { a: 1 } });
  expect(errorOf(unknown)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', argument: 'id' });
});

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
