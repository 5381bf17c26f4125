/** `publishOperations`: what may be published, by whom, and what it leaves behind. */
import { afterAll, describe, expect, test } from 'vitest';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { idOf, operationOf, post, publish } from '../support/operations.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '1000' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const A = 'query A { viewer { kind } }';
const B = 'query B { viewer { mode } }';
const rowsOf = (workspaceId: string) =>
  gateway.sql<{ name: string; sha256: string }>(
    'select name, sha256 from operation where workspace_id = $1 order by name',
    [workspaceId],
  );

test('what is published runs at once, even where it was asked for a moment before', async () => {
  const { test: caller } = await gateway.workspace();
  const members = { documentId: idOf(A) };
  expect(errorOf(await post(gateway.url, members, { key: caller.key }))).toMatchObject({
    code: 'PERSISTED_QUERY_NOT_FOUND',
  });
  expect(dataOf(await publish(caller, A))).toEqual({ publishOperations: { published: 1, alreadyPublished: 0 } });
  expect(dataOf(await post(gateway.url, members, { key: caller.key }))).toEqual({ viewer: { kind: 'SECRET_KEY' } });
});

test('published again, in another order, twice in one call or by a key of the other mode, it is there already', async () => {
  const { id, test: caller, live } = await gateway.workspace();
  expect(dataOf(await publish(caller, A, A))).toEqual({ publishOperations: { published: 1, alreadyPublished: 1 } });
  expect(dataOf(await publish(live, B, A))).toEqual({ publishOperations: { published: 1, alreadyPublished: 1 } });
  expect(await rowsOf(id)).toEqual([
    { name: 'A', sha256: idOf(A) },
    { name: 'B', sha256: idOf(B) },
  ]);
});

test('of calls that publish the same at once each succeeds, and together they published it once', async () => {
  const { id, test: caller } = await gateway.workspace();
  const bodies = Array.from({ length: 20 }, (_, at) => `query Q${at} { viewer { kind } }`);
  const answers = await Promise.all(
    [bodies, bodies.toReversed(), bodies, bodies.toReversed()].map((order) => publish(caller, ...order)),
  );
  const published = answers.map((answer) => dataOf(answer).publishOperations.published);
  expect(published.reduce((sum, each) => sum + each)).toBe(20);
  expect(await rowsOf(id)).toHaveLength(20);
});

describe('a fault is told with its place and its reason, and nothing of the call is published', () => {
  const deep = `query Deep { ${'a { '.repeat(11)}b${' }'.repeat(11)} }`;
  test.each<[string, string | { id: string; body: string }, string, RegExp]>([
    ['an id in capitals', { ...operationOf(B), id: idOf(B).toUpperCase() }, 'id', /lower-case hex/],
    ['an id with a prefix', { ...operationOf(B), id: `sha256:${idOf(B)}` }, 'id', /lower-case hex/],
    ['the id of another text', { body: B, id: idOf('other') }, 'id', /SHA-256 of body/],
    ['the name of a prototype as id', { body: B, id: '__proto__' }, 'id', /SHA-256 of body/],
    ['a text that is no GraphQL', 'query {', 'body', /Syntax Error.*line 1, column 8/],
    ['an empty text', '', 'body', /Syntax Error/],
    ['an unknown field', 'query Q { nothing }', 'body', /Cannot query field "nothing".*line 1, column 11/],
    ['two operations', `${A} ${B}`, 'body', /exactly one operation; it holds 2/],
    ['fragments alone', 'fragment F on Viewer { kind }', 'body', /exactly one operation; it holds 0/],
    ['a definition of a type', `${A} type X { a: Int }`, 'body', /not executable/],
    ['introspection', '{ __schema { types { name } } }', 'body', /Introspection/],
    ['introspection of one type', '{ __type(name: "Query") { name } }', 'body', /Introspection/],
    ['more than 1,000 tokens', `{ viewer { ${'kind '.repeat(1_000)} } }`, 'body', /Syntax Error/],
    [
      'more than 20 root fields',
      `{ ${Array.from({ length: 21 }, (_, at) => `a${at}: viewer { kind }`).join(' ')} }`,
      'body',
      /at most 20 root fields/,
    ],
    [
      'two root fields of a mutation',
      'mutation { a: cancelVerification(input: {verificationId: "x"}) { __typename } b: cancelVerification(input: {verificationId: "y"}) { __typename } }',
      'body',
      /one root field/,
    ],
    ['deep nesting', deep.replaceAll('a {', 'customer {'), 'body', /.+/],
    [
      'lists within lists',
      '{ customers(first: 100) { nodes { verifications(first: 100) { nodes { customer { savedMethods { nodes { id } } } } } } } }',
      'body',
      /lists within lists/i,
    ],
    ['a NUL in a comment', `${A} # \0`, 'body', /NUL/],
    ['more than 50,000 bytes', `${A} # ${'ä'.repeat(25_000)}`, 'body', /50000 bytes/],
  ])('%s', async (_, faulty, member, reason) => {
    const { id, test: caller } = await gateway.workspace();
    const answer = errorOf(await publish(caller, A, faulty));
    expect(answer).toMatchObject({ code: 'BAD_USER_INPUT', argument: `input.operations.1.${member}` });
    expect(answer.reason).toMatch(reason);
    expect(await rowsOf(id)).toEqual([]);
    expect(errorOf(await post(gateway.url, { documentId: idOf(A) }, { key: caller.key }))).toMatchObject({
      code: 'PERSISTED_QUERY_NOT_FOUND',
    });
  });

  test('none, and more than 500', async () => {
    const { test: caller } = await gateway.workspace();
    const many = Array.from({ length: 501 }, () => 'a');
    for (const bodies of [[], many]) {
      expect(errorOf(await publish(caller, ...bodies))).toMatchObject({
        code: 'BAD_USER_INPUT',
        argument: 'input.operations',
      });
    }
  });
});

test('only a key with operations:write may publish', async () => {
  const { id, test: caller, key } = await gateway.workspace();
  for (const options of [{ scopes: ['operations:read'] }, { kind: 'PUBLISHABLE' } as const]) {
    const { secret } = await key(options);
    const answer = await publish(
      {
        ...caller,
        query: (document, variables) => gateway.query(document, variables, { key: secret }),
      } as typeof caller,
      A,
    );
    expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
  }
  expect(await rowsOf(id)).toEqual([]);
});

test('publishing is in the audit log once for each call that changed something, with counts and no text', async () => {
  const { id, test: caller } = await gateway.workspace();
  await publish(caller, A, B);
  await publish(caller, A, B);
  const events = await gateway.sql(
    'select action, actor_kind, mode, object_type, object_id, details from audit_event where workspace_id = $1 order by mode desc',
    [id],
  );
  const event = {
    action: 'operations.published',
    actor_kind: 'SECRET_KEY',
    object_type: 'Workspace',
    object_id: id,
    details: { published: 2, alreadyPublished: 0 },
  };
  // Live keys may run what a test key has published: both modes show it.
  expect(events).toEqual([
    { ...event, mode: 'TEST' },
    { ...event, mode: 'LIVE' },
  ]);
});
