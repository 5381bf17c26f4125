/** Operations that a workspace has published: run by their id, in every form in which clients write one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowCounts } from '../support/database-state.js';
import { dataOf, errorOf, postBody } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { apolloExtension, get, idOf, post, publish } from '../support/operations.js';
import type { TestWorkspace } from '../support/workspace.js';

const VIEWER = 'query Viewer { viewer { kind mode } }';
const CUSTOMER = 'query Customer($id: String) { customer(platformCustomerId: $id) { id platformCustomerId } }';
const CREATE = 'mutation Create($input: CreateCustomerInput!) { createCustomer(input: $input) { platformCustomerId } }';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '1000' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
let workspace: TestWorkspace;
let narrow: string;

beforeAll(async () => {
  workspace = await gateway.workspace();
  dataOf(await publish(workspace.test, VIEWER, CUSTOMER, CREATE));
  narrow = (await workspace.key({ persistedOnly: true })).secret;
});

describe('P1: a published operation runs', () => {
  const forms: [string, Record<string, unknown>][] = [
    ['by a documentId with its prefix', { documentId: `sha256:${idOf(VIEWER)}` }],
    ['by a bare documentId', { documentId: idOf(VIEWER) }],
    ['by Apollo’s extension', apolloExtension(idOf(VIEWER))],
    ['by both, where they agree', { documentId: `sha256:${idOf(VIEWER)}`, ...apolloExtension(idOf(VIEWER)) }],
  ];
  test.each(forms)('%s, by POST and by GET, for any key and for one that runs nothing else', async (_, members) => {
    for (const key of [workspace.test.key, workspace.live.key, narrow]) {
      const mode = key === workspace.live.key ? 'LIVE' : 'TEST';
      expect(dataOf(await post(gateway.url, members, { key }))).toEqual({ viewer: { kind: 'SECRET_KEY', mode } });
      expect(dataOf(await get(gateway.url, members, { key }))).toEqual({ viewer: { kind: 'SECRET_KEY', mode } });
    }
  });

  test('with variables and the name of its operation, by POST and by GET', async () => {
    const input = { platformCustomerId: 'by-id' };
    const created = await post(gateway.url, { documentId: idOf(CREATE), variables: { input } }, { key: narrow });
    expect(dataOf(created)).toEqual({ createCustomer: input });
    const members = { documentId: idOf(CUSTOMER), operationName: 'Customer', variables: { id: 'by-id' } };
    for (const answer of [
      await post(gateway.url, members, { key: narrow }),
      await get(gateway.url, members, { key: narrow }),
    ])
      expect(dataOf(answer)).toEqual({ customer: { id: expect.any(String), platformCustomerId: 'by-id' } });
    const other = await post(gateway.url, { ...members, operationName: 'Other' }, { key: narrow });
    expect(errorOf(other)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('and what it may do is still the caller’s own: scopes and variables are checked as ever', async () => {
    const { secret: key } = await workspace.key({ scopes: ['verifications:read'] });
    const members = { documentId: idOf(CREATE), variables: { input: { platformCustomerId: 'x' } } };
    expect(errorOf(await post(gateway.url, members, { key }))).toMatchObject({ code: 'FORBIDDEN' });
    const wrong = { documentId: idOf(CREATE), variables: { input: { platformCustomerId: 3 } } };
    expect(errorOf(await post(gateway.url, wrong, { key: narrow }))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('an unknown id', () => {
  test('is one error with the message and the code that Apollo’s clients know, and HTTP 200', async () => {
    for (const members of [{ documentId: `sha256:${idOf('other')}` }, apolloExtension(idOf('other'))]) {
      for (const answer of [
        await post(gateway.url, members, { key: narrow }),
        await get(gateway.url, members, { key: narrow }),
      ]) {
        expect(errorOf(answer)).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
        expect(answer.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
        expect(answer.body).not.toHaveProperty('data');
      }
    }
  });

  test('isolation: an operation of another workspace is unknown, exactly as one that nobody published', async () => {
    const other = await gateway.workspace();
    const theirs = await post(gateway.url, { documentId: idOf(VIEWER) }, { key: other.test.key });
    const nobodys = await post(gateway.url, { documentId: idOf('nobody') }, { key: other.test.key });
    expect(errorOf(theirs)).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND' });
    const shown = ({ body, status }: typeof theirs) =>
      JSON.stringify({ body, status }).replace(/"requestId":"[^"]+"/, '');
    expect(shown(theirs)).toBe(shown(nobodys));
  });

  test('without a credential no workspace is asked, and the credential is', async () => {
    const answer = await post(gateway.url, { documentId: idOf(VIEWER) });
    expect(errorOf(answer)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test.each<[string, unknown]>([
    ['the name of a prototype', '__proto__'],
    ['the name of a method', 'constructor'],
    ['another algorithm', `md5:${'0'.repeat(32)}`],
    ['capitals', idOf(VIEWER).toUpperCase()],
    ['a space', ` ${idOf(VIEWER)}`],
    ['a quote', `' or 1=1 --`],
    ['a NUL', `\0${idOf(VIEWER)}`],
    ['half a character', '\ud800'],
    ['ninety thousand characters', 'a'.repeat(90_000)],
    ['nothing', ''],
    ['an array', [idOf(VIEWER)]],
    ['an object', { toString: idOf(VIEWER) }],
    ['a number', 3],
    ['true', true],
  ])('%s is no accident', async (_, documentId) => {
    for (const members of [{ documentId }, apolloExtension(documentId)]) {
      const { code, status } = errorOf(await post(gateway.url, members, { key: workspace.test.key }));
      if (typeof documentId === 'string')
        expect({ code, status }).toEqual({ code: 'PERSISTED_QUERY_NOT_FOUND', status: 200 });
      else expect({ code, status }).toEqual({ code: 'BAD_REQUEST', status: 400 });
    }
  });

  test.each<[string, unknown]>([
    ['of another version', { version: 2, sha256Hash: idOf(VIEWER) }],
    ['without a version', { sha256Hash: idOf(VIEWER) }],
    ['without a hash', { version: 1 }],
    ['that is an array', []],
    ['that is a text', 'sha256'],
  ])('an extension %s is BAD_REQUEST', async (_, persistedQuery) => {
    const answer = await post(gateway.url, { extensions: { persistedQuery } }, { key: workspace.test.key });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

test('by GET a published mutation is refused with 405 and does not run', async () => {
  const before = await rowCounts(gateway.sql);
  const variables = { input: { platformCustomerId: 'by-get' } };
  for (const members of [{ documentId: idOf(CREATE) }, apolloExtension(idOf(CREATE))]) {
    const answer = await get(gateway.url, { ...members, variables }, { key: narrow });
    expect(errorOf(answer)).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
    expect(answer.headers.get('allow')).toContain('POST');
  }
  expect(await rowCounts(gateway.sql)).toEqual(before);
});

describe('a text beside an id', () => {
  test('runs where the id is its hash, and is BAD_REQUEST where it is another’s', async () => {
    const { key } = workspace.live;
    expect(dataOf(await post(gateway.url, { documentId: idOf(VIEWER), query: VIEWER }, { key }))).toBeDefined();
    for (const members of [
      { documentId: idOf(CUSTOMER), query: VIEWER },
      { documentId: 'custom', query: VIEWER },
      { ...apolloExtension(idOf(CUSTOMER)), query: VIEWER },
      { ...apolloExtension(idOf(CUSTOMER)), documentId: idOf(VIEWER) },
    ])
      expect(errorOf(await post(gateway.url, members, { key }))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });
});

describe('a key that runs published operations only', () => {
  const refused = { status: 403, code: 'OPERATION_NOT_ALLOWED' };

  test('runs no text, not even one that is published, and whatever id stands beside it', async () => {
    for (const query of [
      VIEWER,
      '{ viewer { mode } }',
      '{ __typename }',
      '{ __schema { types { name } } }',
      '{',
      ' ',
    ]) {
      for (const members of [
        { query },
        { query, documentId: idOf(query) },
        { query, ...apolloExtension(idOf(query)) },
      ]) {
        expect(errorOf(await post(gateway.url, members, { key: narrow }))).toMatchObject(refused);
        expect(errorOf(await get(gateway.url, members, { key: narrow }))).toMatchObject(refused);
      }
    }
  });

  test('cannot be talked past by two operations, a batch, another media type or the query string of a POST', async () => {
    const text = JSON.stringify({ query: VIEWER });
    const authorization = `Bearer ${narrow}`;
    const requests: [string, RequestInit][] = [
      ['', { method: 'POST', body: `[${text}]`, headers: { 'content-type': 'application/json' } }],
      ['', { method: 'POST', body: text, headers: { 'content-type': 'text/plain' } }],
      ['', { method: 'POST', body: text, headers: { 'content-type': 'application/graphql' } }],
      [`?documentId=${idOf(VIEWER)}`, { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }],
      [`?documentId=${idOf(VIEWER)}&query=${encodeURIComponent(CUSTOMER)}`, {}],
      [`?documentId=${idOf(VIEWER)}&documentId=${idOf(CUSTOMER)}`, {}],
      [`?query=&query=${encodeURIComponent(VIEWER)}&documentId=${idOf(VIEWER)}`, {}],
      [`?QUERY=${encodeURIComponent(VIEWER)}`, {}],
    ];
    for (const [search, init] of requests) {
      const headers = { ...init.headers, authorization, 'apollo-require-preflight': 'true' };
      const response = await fetch(`${gateway.url}/graphql${search}`, { ...init, headers });
      expect(response.status, search).toBeGreaterThanOrEqual(400);
      expect(await response.json(), search).not.toHaveProperty('data');
    }
    const doubled = await postBody(
      gateway.url,
      `{"documentId":"${idOf(VIEWER)}","query":null,"query":"{ viewer { mode } }"}`,
      {
        key: narrow,
      },
    );
    expect(errorOf(doubled)).toMatchObject(refused);
  });

  test('P1: of 10,000 texts it runs none', { timeout: 180_000 }, async () => {
    const before = await rowCounts(gateway.sql);
    const outcomes = new Map<string, number>();
    let sent = 0;
    const send = async () => {
      while (sent < 10_000) {
        const at = sent++;
        const query =
          at % 2 === 0
            ? `mutation M${at} { createCustomer(input: { platformCustomerId: "safelist-${at}" }) { id } }`
            : `query Q${at} { viewer { kind } }`;
        const id = at % 3 === 0 ? apolloExtension(idOf(query)) : {};
        const { code, status } = errorOf(await post(gateway.url, { query, ...id }, { key: narrow }));
        outcomes.set(`${status} ${code}`, (outcomes.get(`${status} ${code}`) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 32 }, send));
    expect([...outcomes]).toEqual([['403 OPERATION_NOT_ALLOWED', 10_000]]);
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });
});

test('an operation that no longer fits the schema says what does not fit', async () => {
  const stale = 'query Stale { viewer { nickname } }';
  await gateway.sql('insert into operation (workspace_id, sha256, name, body) values ($1, $2, $3, $4)', [
    workspace.id,
    idOf(stale),
    'Stale',
    stale,
  ]);
  const answer = await post(gateway.url, { documentId: idOf(stale) }, { key: narrow });
  expect(errorOf(answer)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(answer.body.errors?.[0]?.message).toContain('nickname');
});

test('runs are counted for each workspace, and written when the process stops at the latest', async () => {
  await using own = await startGateway({ work: false });
  const [one, other] = [await own.workspace(), await own.workspace()];
  for (const { test: caller } of [one, other]) dataOf(await publish(caller, VIEWER, CUSTOMER));
  for (let run = 0; run < 3; run += 1) await post(own.url, { documentId: idOf(VIEWER) }, { key: one.live.key });
  await post(own.url, { documentId: idOf(CUSTOMER) }, { key: other.test.key });
  const usage = () =>
    own.sql(
      `select workspace_id, name, runs::int as runs, last_used_on = (now() at time zone 'utc')::date as today
       from operation order by published_at, name`,
    );
  const rows = await usage();
  expect(rows.map(({ runs }) => runs)).toEqual([0, 0, 0, 0]);
  await own.app[Symbol.asyncDispose]();
  expect(await usage()).toEqual([
    { workspace_id: one.id, name: 'Customer', runs: 0, today: null },
    { workspace_id: one.id, name: 'Viewer', runs: 3, today: true },
    { workspace_id: other.id, name: 'Customer', runs: 1, today: true },
    { workspace_id: other.id, name: 'Viewer', runs: 0, today: null },
  ]);
});
