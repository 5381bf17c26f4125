/** Customers of one workspace who call for themselves, by tokens of its identity provider. */
import { type Caller, type CustomerView, createCaller, type Variables } from './caller.js';
import { dataOf } from './graphql-client.js';
import type { TestGateway } from './harness.js';
import { startIdentityProvider } from './identity-provider.js';
import type { TestWorkspace } from './workspace.js';

export interface Person {
  /** The customer, calling for themselves. */
  readonly self: Caller;
  readonly customer: CustomerView;
}

export interface People extends AsyncDisposable {
  readonly workspace: TestWorkspace;
  /** A further customer. */
  person(input?: Variables): Promise<Person>;
}

export async function startPeople(gateway: TestGateway): Promise<People> {
  const provider = await startIdentityProvider();
  const workspace = await gateway.workspace();
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await workspace.test.query(update, { input: { tokenIssuers: [provider.entry] } }));
  let count = 0;
  return {
    workspace,
    async person(input = {}) {
      count += 1;
      const platformCustomerId = `person-${count}`;
      const customer = await workspace.test.createCustomer({ platformCustomerId, ...input });
      return { customer, self: createCaller(gateway.url, await provider.sign({ sub: platformCustomerId })) };
    },
    [Symbol.asyncDispose]: () => provider.close(),
  };
}

const send = (field: string, input: string) =>
  `mutation ($input: ${input}!) { result: ${field}(input: $input) {
     __typename ... on Refused { code } ... on VerificationSent { verification { id status } } } }`;

/** What the shared documents of callers do not have. */
export const SELF_DOCUMENTS = {
  resend: send('resendVerification', 'VerificationStepRefInput'),
  failover: send('failoverVerification', 'VerificationStepRefInput'),
  cancel: send('cancelVerification', 'CancelVerificationInput'),
  start: send('startVerification', 'StartVerificationInput'),
  list: 'query ($customerId: ID) { verifications(customerId: $customerId) { nodes { id } } }',
  node: 'query ($id: ID!) { node(id: $id) { __typename id } }',
  removeContact: 'mutation ($input: ContactPointRefInput!) { result: removeContactPoint(input: $input) { id email } }',
  setPrimary: 'mutation ($input: ContactPointRefInput!) { result: setPrimaryContactPoint(input: $input) { id email } }',
} as const;
