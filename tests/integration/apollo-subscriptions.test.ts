/** The link of docs/frontend.md, in Apollo Client itself. */
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { OperationTypeNode, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventLink } from '../../examples/apollo-client/src/session/events.js';
import { newPerson } from '../support/connect.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { idOf, publish } from '../support/operations.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway();
  workspace = await gateway.workspace();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const WATCH = gql`
  subscription Watch($id: ID!) {
    verificationChanged(id: $id) {
      __typename
      id
      status
    }
  }
`;
const READ = gql`
  query Read($id: ID!) {
    verification(id: $id) {
      __typename
      id
      status
    }
  }
`;

async function seenBy(key: string): Promise<{ told: unknown[]; cached: unknown }> {
  const { id: customerId } = await workspace.test.createCustomer({ email: newPerson().email });
  const { id } = await workspace.test.sendEmail(customerId);
  const uri = `${gateway.url}/graphql`;
  const credential = new ApolloLink((operation, forward) => {
    operation.setContext({ headers: { authorization: `Bearer ${key}` } });
    return forward(operation);
  });
  const persisted = new PersistedQueryLink({ generateHash: (document) => idOf(print(document)) });
  const transport = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    eventLink(uri),
    new HttpLink({ uri }),
  );
  const client = new ApolloClient({
    link: ApolloLink.from([credential, persisted, transport]),
    cache: new InMemoryCache(),
  });
  await client.query({ query: READ, variables: { id } });
  const told: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.subscribe<{ verificationChanged: { status: string } }>({ query: WATCH, variables: { id } }).subscribe({
      next: ({ data, error }) => {
        if (error) return reject(error);
        const status = data?.verificationChanged.status;
        if (told.at(-1) !== status) told.push(status);
        if (status === 'PENDING')
          void workspace.test.call('confirm', { input: { verificationId: id, code: '123456' } });
      },
      error: reject,
      complete: resolve,
    });
  });
  return { told, cached: client.readQuery({ query: READ, variables: { id } }) };
}

test('Apollo Client is told until the end, and what it is told is what its cache shows', async () => {
  const { told, cached } = await seenBy(workspace.test.key);
  expect(told).toEqual(['PENDING', 'VERIFIED']);
  expect(cached).toMatchObject({ verification: { status: 'VERIFIED' } });
});

test('with a key that runs published operations only it subscribes by the hash alone', async () => {
  dataOf(await publish(workspace.test, print(WATCH), print(READ)));
  const { secret } = await workspace.key({ persistedOnly: true });
  expect((await seenBy(secret)).told).toEqual(['PENDING', 'VERIFIED']);
});
