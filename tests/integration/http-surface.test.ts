/** What stands around GraphQL: request ids, caching, probes, the schema's text, and errors that say nothing of the inside. */
import { printSchema } from 'graphql';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import { errorOf, postBody } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const { test: caller } = await gateway.workspace();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const at = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);
const key = { authorization: `Bearer ${caller.key}` };
const json = { ...key, 'content-type': 'application/json' };

/** One request for every way in which the gateway answers. */
const answers: [string, (headers: Record<string, string>) => Promise<Response>][] = [
  [
    'data',
    (headers) =>
      at('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: '{"query":"{ viewer { mode } }"}' }),
  ],
  [
    'an error of a resolver',
    (headers) =>
      at('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: '{"query":"{ customer { id } }"}' }),
  ],
  [
    'an invalid document',
    (headers) => at('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: '{"query":"{ x }"}' }),
  ],
  ['malformed JSON', (headers) => at('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: '{' })],
  [
    'a body too large',
    (headers) => at('/graphql', { method: 'POST', headers: { ...json, ...headers }, body: 'x'.repeat(200_000) }),
  ],
  [
    'a bad key',
    (headers) => at('/graphql', { method: 'POST', headers: { ...headers, authorization: 'Bearer x' }, body: '{}' }),
  ],
  ['a method it does not take', (headers) => at('/graphql', { method: 'DELETE', headers })],
  ['a path it does not have', (headers) => at('/nowhere', { headers })],
  ['a path that is not well-formed', (headers) => at('/%zz', { headers })],
  ['/livez', (headers) => at('/livez', { headers })],
  ['/readyz', (headers) => at('/readyz', { headers })],
  ['/schema.graphql', (headers) => at('/schema.graphql', { headers })],
];

describe.each(answers)('the answer with %s', (_, ask) => {
  test('carries the request id: the caller’s where it looks like one, otherwise a new one', async () => {
    const given = await ask({ 'x-request-id': 'shop:order-7.retry_2' });
    expect(given.headers.get('x-request-id')).toBe('shop:order-7.retry_2');
    for (const forged of ['a b', '<script>', 'x'.repeat(129), 'ä']) {
      const made = await ask({ 'x-request-id': forged });
      expect(made.headers.get('x-request-id')).toMatch(UUID);
      await made.text();
    }
    const body = await given.text();
    if (given.status >= 400 || body.includes('"errors"')) {
      expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { requestId: 'shop:order-7.retry_2' } }] });
    }
  });

  test('is stored by no cache', async () => {
    expect((await ask({})).headers.get('cache-control')).toBe('no-store');
  });
});

test('a path it does not have is 404 NOT_FOUND', async () => {
  const response = await at('/nowhere?secret=1', { headers: key });
  expect({ status: response.status, text: await response.text() }).toMatchObject({ status: 404 });
});

test.each([
  ['PUT', '/graphql', 'GET, POST'],
  ['HEAD', '/graphql', 'GET, POST'],
  ['DELETE', '/schema.graphql?x=1', 'GET, HEAD'],
  ['PUT', '/inbox/messages', 'DELETE, GET, HEAD'],
])('a method that a path does not take, %s %s, is 405 and names those that it takes', async (method, path, allow) => {
  const response = await at(path, { method, headers: key });
  expect({ status: response.status, allow: response.headers.get('allow') }).toEqual({ status: 405, allow });
  const { errors } = JSON.parse((await response.text()) || '{"errors":[]}');
  if (method !== 'HEAD') expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
});

test.each(['/:(', '/livez:(a', '/l/:t([)', '/l/:t((a+)+)', '/*', '/constructor'])(
  'attack: a path that would be a pattern of routes, %s, is 404 like any other that is not there',
  async (path) => {
    const response = await at(path, { method: 'PUT' });
    expect(response.status).toBe(404);
    expect(errorOf({ status: 404, body: await response.json() } as never)).toMatchObject({ code: 'NOT_FOUND' });
  },
);

describe('probes', () => {
  test('/livez and /readyz say ok while it serves', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await at(path);
      expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { status: 'ok' } });
    }
  });

  test('/readyz says so when migrations are pending; /livez does not care', async () => {
    await gateway.sql('update gateway_migration set name = name || $1', ['-other']);
    try {
      const response = await at('/readyz');
      expect({ status: response.status, body: await response.json() }).toMatchObject({
        status: 503,
        body: { status: 'unavailable' },
      });
      expect((await at('/livez')).status).toBe(200);
    } finally {
      await gateway.sql(`update gateway_migration set name = replace(name, '-other', '')`);
    }
  });
});

test('/schema.graphql is the schema that is served', async () => {
  const response = await at('/schema.graphql');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const sdl = await response.text();
  for (const field of Object.keys(buildGatewaySchema().getMutationType()?.getFields() ?? {}))
    expect(sdl).toContain(`${field}(`);
  expect(sdl).toContain('directive @guard');
  expect(printSchema(buildGatewaySchema())).not.toContain('directive @unknown');
});

describe('an accident inside', () => {
  afterEach(async () => {
    await gateway.sql('drop trigger if exists broken on customer');
  });

  test('leaves as INTERNAL_SERVER_ERROR with a request id and nothing else, and is in the log with its cause', async () => {
    await gateway.sql(`create or replace function broken() returns trigger language plpgsql as $$
      begin raise exception 'secret detail of %', new.platform_customer_id; end $$`);
    await gateway.sql('create trigger broken before insert on customer for each row execute function broken()');
    const query =
      'mutation { createCustomer(input: {platformCustomerId: "shop/13", email: "ada@example.com"}) { id } }';
    const answer = await postBody(gateway.url, JSON.stringify({ query }), {
      key: caller.key,
      headers: { 'x-request-id': 'accident-1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: null,
      errors: [
        {
          message: expect.stringMatching(/^Something went wrong/),
          locations: [{ line: 1, column: 12 }],
          path: ['createCustomer'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'accident-1' },
        },
      ],
    });
    const logged = gateway.logs.filter((line) => line.includes('accident-1'));
    expect(logged.join()).toContain('request failed');
    expect(logged.join()).not.toMatch(/ada@example|insert into/);
  });

  test('in no answer is there a stack, a path, a statement or the name of a library', async () => {
    for (const [, ask] of answers) {
      const text = await (await ask({})).text();
      if (!text.includes('"errors"')) continue;
      expect(text).not.toMatch(
        /\\n\s*at |node_modules|\.[jt]s\b|select |insert |fastify|FST_|apollo|mikro|postgres|pglite/i,
      );
    }
  });
});

test('an error names its code and nothing that programs should not read', async () => {
  const answer = await caller.query('{ customer { id } }');
  expect(Object.keys(errorOf(answer)).sort()).toEqual(['argument', 'code', 'reason', 'requestId', 'status']);
});
