/** Automatic persisted queries, by Apollo Client's own link, and what hostile registrations cannot do. */
import { hash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { print } from 'graphql';
import { afterAll, describe, expect, test } from 'vitest';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { apolloExtension, get, idOf, post, publish } from '../support/operations.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '1000000' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const QUERY = gql`
  query Who {
    viewer {
      kind
    }
  }
`;
const CREATE = gql`
  mutation Create($input: CreateCustomerInput!) {
    createCustomer(input: $input) {
      id
    }
  }
`;

/** Apollo Client as an application sets it up, and each request that it made: its method, and whether it held a text. */
function apolloClient(key: string, useGETForHashedQueries: boolean) {
  const requests: { method: string; text: boolean; status: number }[] = [];
  const watched = async (url: string | URL | Request, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    const sent = `${url}${init.body ?? ''}`;
    requests.push({ method: init.method ?? 'GET', text: /[{,?&]"?query"?[=:]/.test(sent), status: response.status });
    return response;
  };
  const link = ApolloLink.from([
    new PersistedQueryLink({ sha256: (text) => hash('sha256', text, 'hex'), useGETForHashedQueries }),
    new HttpLink({ uri: `${gateway.url}/graphql`, fetch: watched, headers: { authorization: `Bearer ${key}` } }),
  ]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const ask = () => client.query<{ viewer: { kind: string } }>({ query: QUERY, fetchPolicy: 'no-cache' });
  return { client, requests, ask };
}

describe('P1: Apollo Client’s own link', () => {
  test.each([
    ['POST', false],
    ['GET', true],
  ])('misses, registers, and from then on sends the hash alone, by %s', async (method, useGet) => {
    const { test: caller, key } = await gateway.workspace();
    for (const used of [caller.key, (await key({ kind: 'PUBLISHABLE' })).secret]) {
      const { ask, requests } = apolloClient(used, useGet);
      // The text of a publishable key's application is known already: its workspace has registered it.
      const registers = used === caller.key;
      const kind = registers ? 'SECRET_KEY' : 'PUBLISHABLE_KEY';
      expect((await ask()).data).toEqual({ viewer: { __typename: 'Viewer', kind } });
      expect((await ask()).data).toEqual({ viewer: { __typename: 'Viewer', kind } });
      const hit = { method, text: false, status: 200 };
      expect(requests).toEqual(registers ? [hit, { method: 'POST', text: true, status: 200 }, hit] : [hit, hit]);
    }
  });

  test('sends mutations by POST, by their hash too', async () => {
    const { test: caller } = await gateway.workspace();
    const { client, requests } = apolloClient(caller.key, true);
    for (const platformCustomerId of ['one', 'two']) {
      const { data } = await client.mutate({ mutation: CREATE, variables: { input: { platformCustomerId } } });
      expect(data).toMatchObject({ createCustomer: { id: expect.any(String) } });
    }
    expect(requests.map(({ method, text }) => `${method} ${text}`)).toEqual(['POST false', 'POST true', 'POST false']);
  });

  test('in live mode a key without operations:write runs its text and registers nothing; one with it does', async () => {
    const { live, key } = await gateway.workspace();
    const { secret } = await key({ kind: 'PUBLISHABLE', mode: 'LIVE' });
    const visitor = apolloClient(secret, false);
    await visitor.ask();
    await visitor.ask();
    expect(visitor.requests.map(({ text }) => text)).toEqual([false, true, false, true]);
    const backend = apolloClient(live.key, false);
    await backend.ask();
    await backend.ask();
    expect(backend.requests.map(({ text }) => text)).toEqual([false, true, false]);
  });

  test.each([
    ['POST', false],
    ['GET', true],
  ])(
    'with a key that runs published operations only: from the manifest it runs, anything else it does not, by %s',
    async (method, useGet) => {
      const { test: caller, key } = await gateway.workspace();
      const { secret } = await key({ persistedOnly: true });
      const { ask, requests, client } = apolloClient(secret, useGet);
      await expect(ask()).rejects.toThrow();
      // The hash is unknown, and the text that the link sends then is refused.
      expect(requests).toEqual([
        { method, text: false, status: 200 },
        { method: 'POST', text: true, status: 403 },
      ]);
      // Registered by another key of the workspace, and still not published.
      await apolloClient(caller.key, false).ask();
      await expect(ask()).rejects.toThrow();
      requests.length = 0;
      dataOf(await publish(caller, print(client.documentTransform.transformDocument(QUERY))));
      expect((await ask()).data).toMatchObject({ viewer: { kind: 'SECRET_KEY' } });
      expect(requests).toEqual([{ method, text: false, status: 200 }]);
    },
  );
});

describe('a registration', () => {
  const text = 'query Registered { viewer { kind } }';
  const register = (key: string, query: string) =>
    post(gateway.url, { query, ...apolloExtension(idOf(query)) }, { key });
  const ask = (key: string, query: string) => post(gateway.url, apolloExtension(idOf(query)), { key });

  test('is its workspace’s and its mode’s own', async () => {
    const [one, other] = [await gateway.workspace(), await gateway.workspace()];
    dataOf(await register(one.test.key, text));
    expect(dataOf(await ask(one.test.key, text))).toBeDefined();
    for (const key of [one.live.key, other.test.key])
      expect(errorOf(await ask(key, text))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('poisoning: a text under the hash of another is refused and not kept', async () => {
    const { test: caller } = await gateway.workspace();
    const forged = await post(
      gateway.url,
      { query: '{ viewer { mode } }', ...apolloExtension(idOf(text)) },
      { key: caller.key },
    );
    expect(errorOf(forged)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(errorOf(await ask(caller.key, text))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test.each([
    ['is not valid', '{ nothing }'],
    ['does not parse', '{'],
    ['is longer than 10,000 bytes', `{ viewer { kind } } # ${'x'.repeat(10_000)}`],
  ])('of a text that %s is not kept', async (_, query) => {
    const { test: caller } = await gateway.workspace();
    await register(caller.key, query);
    expect(errorOf(await ask(caller.key, query))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('by GET of a mutation is refused with 405 and not kept', async () => {
    const { test: caller } = await gateway.workspace();
    const query = 'mutation ByGet { createCustomer(input: { platformCustomerId: "by-get" }) { id } }';
    const answer = await get(gateway.url, { query, ...apolloExtension(idOf(query)) }, { key: caller.key });
    expect(errorOf(answer)).toMatchObject({ status: 405 });
    expect(errorOf(await ask(caller.key, query))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('P1: 10,000 hostile ones push out no published operation, and none of another workspace', {
    timeout: 180_000,
  }, async () => {
    const [victim, neighbor, attacker] = [
      await gateway.workspace(),
      await gateway.workspace(),
      await gateway.workspace(),
    ];
    const published = Array.from({ length: 20 }, (_, at) => `query Published${at} { viewer { kind } }`);
    dataOf(await publish(victim.test, ...published));
    dataOf(await register(neighbor.test.key, text));
    const { secret } = await victim.key({ persistedOnly: true });
    for (const query of published) dataOf(await ask(secret, query));
    let sent = 0;
    const flood = async () => {
      while (sent < 10_000) {
        const at = sent++;
        const query = `query Flood${at} { __typename } # ${'x'.repeat(500)}`;
        // From a key of the victim's own test mode and from a workspace of the attacker's.
        dataOf(await register(at % 2 === 0 ? attacker.test.key : victim.test.key, query));
      }
    };
    await Promise.all(Array.from({ length: 32 }, flood));
    // With the table out of the way, only what the process holds can answer.
    await gateway.sql('alter table operation rename to operation_away');
    try {
      for (const query of published)
        expect(dataOf(await ask(secret, query))).toEqual({ viewer: { kind: 'SECRET_KEY' } });
    } finally {
      await gateway.sql('alter table operation_away rename to operation');
    }
    expect(dataOf(await ask(neighbor.test.key, text))).toBeDefined();
    // The attacker's first went the way of its own later ones.
    const first = `query Flood0 { __typename } # ${'x'.repeat(500)}`;
    expect(errorOf(await ask(attacker.test.key, first))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });
});
