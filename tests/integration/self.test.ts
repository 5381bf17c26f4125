/** A customer who calls for themselves: everything of their own is within reach, and nothing of anybody else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Caller,
  type CustomerView,
  createCaller,
  DOCUMENTS,
  type Outcome,
  type Variables,
} from '../support/caller.js';
import { failedAttempts } from '../support/database-state.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let provider: IdentityProvider;
let workspace: TestWorkspace;

beforeAll(async () => {
  gateway = await startGateway({ work: false });
  provider = await startIdentityProvider();
  workspace = await gateway.workspace();
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await workspace.test.query(update, { input: { tokenIssuers: [provider.entry] } }));
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const NOBODY = '01a1f9f3-2bb7-782f-bb89-9d961c4cf735';
const RIGHT = '123456';
let people = 0;

interface Person {
  /** The customer, calling for themselves. */
  readonly self: Caller;
  readonly customer: CustomerView;
}

async function person(input: Variables = {}): Promise<Person> {
  people += 1;
  const platformCustomerId = `person-${people}`;
  const customer = await workspace.test.createCustomer({ platformCustomerId, ...input });
  return { customer, self: createCaller(gateway.url, await provider.sign({ sub: platformCustomerId })) };
}

const send = (field: string, input = 'VerificationStepRefInput') =>
  `mutation ($input: ${input}!) { result: ${field}(input: $input) {
     __typename ... on Refused { code } ... on VerificationSent { verification { id status } } } }`;
const RESEND = send('resendVerification');
const FAILOVER = send('failoverVerification');
const CANCEL = send('cancelVerification', 'CancelVerificationInput');
const START = send('startVerification', 'StartVerificationInput');
const LIST = `query ($customerId: ID) { verifications(customerId: $customerId) { nodes { id } } }`;
const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }';
const VIEWER = '{ viewer { customer { id email verifications { nodes { id } } contactPoints { value } } } }';
const CONTACT = (field: string) => `mutation ($input: ContactPointRefInput!) { ${field}(input: $input) { id email } }`;

interface List {
  verifications: { nodes: { id: string }[] };
}

describe('a customer', () => {
  test('S1: sends a code to themselves and confirms it, without naming who they are', async () => {
    const { self, customer } = await person({ email: 'own@example.com', phone: '+33612345670' });
    for (const [sendIt, confirmIt] of [
      ['sendEmail', 'confirmEmail'],
      ['sendPhone', 'confirmPhone'],
    ] as const) {
      const sent = await self.call(sendIt, { input: {} });
      expect(sent.__typename).toBe('VerificationSent');
      const confirmed = await self.call(confirmIt, { input: { code: RIGHT } });
      expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed', customer: { id: customer.id } });
    }
  });

  test('S1: may name themselves as a key would, in all sends and confirmations', async () => {
    const { self, customer } = await person({ email: 'named@example.com' });
    const sent = await self.sendEmail(customer.id);
    const input = { verificationId: sent.id, customerId: customer.id, code: RIGHT };
    expect(await self.call('confirmEmail', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
    const steps = [{ channel: 'SMS', to: '+33612345671' }];
    const started = dataOf(await self.query<{ result: Outcome }>(START, { input: { steps } })).result;
    expect(
      await self.call('confirm', { input: { verificationId: started.verification?.id, code: RIGHT } }),
    ).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('R1: reads their own contact verification without an argument', async () => {
    const { self, customer } = await person({ email: 'eu@example.com', region: 'DE' });
    expect(await self.call('contactVerification', {})).toEqual({ email: 'PENDING', phone: 'PENDING' });
    expect(await self.call('contactVerification', { id: customer.id })).toEqual({ email: 'PENDING', phone: 'PENDING' });
    await self.call('sendEmail', { input: {} });
    await self.call('confirmEmail', { input: { code: RIGHT } });
    expect(await self.call('contactVerification', {})).toEqual({ email: 'VERIFIED', phone: 'PENDING' });
  });

  test('R2: reads themselves whole through the viewer and by their node, with verifications and contacts', async () => {
    const { self, customer } = await person({ email: 'whole@example.com' });
    const { id } = await self.sendEmail(customer.id);
    expect(dataOf(await self.query(VIEWER))).toEqual({
      viewer: {
        customer: {
          id: customer.id,
          email: 'whole@example.com',
          verifications: { nodes: [{ id }] },
          contactPoints: [{ value: 'whole@example.com' }],
        },
      },
    });
    for (const own of [customer.id, customer.contactPoints[0]?.id, id]) {
      expect(dataOf(await self.query(NODE, { id: own }))).toMatchObject({ node: { id: own } });
    }
  });

  test('R4: lists their own verifications and nobody else’s, whoever they ask about', async () => {
    const [one, other] = await Promise.all([
      person({ email: 'one@example.com' }),
      person({ email: 'two@example.com' }),
    ]);
    const mine = await one.self.sendEmail(one.customer.id);
    await other.self.sendEmail(other.customer.id);
    const ids = async (variables: Variables) =>
      dataOf(await one.self.query<List>(LIST, variables)).verifications.nodes.map(({ id }) => id);
    expect(await ids({})).toEqual([mine.id]);
    expect(await ids({ customerId: one.customer.id })).toEqual([mine.id]);
    expect(await ids({ customerId: other.customer.id })).toEqual([]);
    expect(await ids({ customerId: 'nonsense' })).toEqual([]);
  });

  test('R5: removes a contact of theirs, and makes a verified one the primary', async () => {
    const { self } = await person({ email: 'first@example.com' });
    const contacts: Record<string, string> = {};
    for (const email of ['first@example.com', 'second@example.com']) {
      await self.call('sendEmail', { input: { email } });
      const { customer } = await self.call('confirmEmail', { input: { email, code: RIGHT } });
      for (const { id, value } of customer?.contactPoints ?? []) contacts[value] = id;
    }
    const change = async (field: string, value: string) =>
      dataOf(await self.query<Record<string, { email: string }>>(CONTACT(field), { input: { id: contacts[value] } }))[
        field
      ];
    expect(await change('setPrimaryContactPoint', 'second@example.com')).toMatchObject({ email: 'second@example.com' });
    expect(await change('removeContactPoint', 'second@example.com')).toMatchObject({ email: 'first@example.com' });
  });

  test('resends, fails over and cancels their own verification', async () => {
    const { self } = await person();
    const steps = [
      { channel: 'SMS', to: '+33612345672' },
      { channel: 'EMAIL', to: 'steps@example.com' },
    ];
    const started = dataOf(await self.query<{ result: Outcome }>(START, { input: { steps } })).result;
    const input = { verificationId: started.verification?.id };
    const run = async (document: string) => dataOf(await self.query<{ result: Outcome }>(document, { input })).result;
    expect(await run(RESEND)).toEqual({ __typename: 'Refused', code: 'TOO_SOON' });
    expect(await run(FAILOVER)).toMatchObject({ __typename: 'VerificationSent' });
    expect(await run(CANCEL)).toMatchObject({ verification: { status: 'CANCELED' } });
  });

  test('sees recipients masked, their own too', async () => {
    const { self, customer } = await person({ email: 'masked@example.com' });
    const sent = await self.sendEmail(customer.id);
    expect(sent.steps[0]?.to).toBe('m***@example.com');
  });
});

describe('for a customer, everything of another one is exactly as if it did not exist', () => {
  test('verifications, contacts and customers, in queries and in mutations', async () => {
    const { self } = await person({ email: 'me@example.com' });
    const other = await person({ email: 'other@example.com', region: 'FR' });
    const theirs = await other.self.sendEmail(other.customer.id);
    const [customer, verification, contact] = [
      `Customer:${NOBODY}`,
      `Verification:${NOBODY}`,
      `ContactPoint:${NOBODY}`,
    ];
    const theirContact = other.customer.contactPoints[0]?.id as string;
    const guess = { code: RIGHT };
    const pairs: [string, Variables, Variables][] = [
      [DOCUMENTS.verification, { id: theirs.id }, { id: verification }],
      [DOCUMENTS.contactVerification, { id: other.customer.id }, { id: customer }],
      [LIST, { customerId: other.customer.id }, { customerId: customer }],
      [NODE, { id: other.customer.id }, { id: customer }],
      [NODE, { id: theirContact }, { id: contact }],
      [NODE, { id: theirs.id }, { id: verification }],
      [NODE, { id: `Workspace:${workspace.id}` }, { id: `Workspace:${NOBODY}` }],
      ...[RESEND, FAILOVER, CANCEL].map((document): [string, Variables, Variables] => [
        document,
        { input: { verificationId: theirs.id } },
        { input: { verificationId: verification } },
      ]),
      ...[DOCUMENTS.sendEmail, DOCUMENTS.sendPhone].map((document): [string, Variables, Variables] => [
        document,
        { input: { customerId: other.customer.id } },
        { input: { customerId: customer } },
      ]),
      [
        START,
        { input: { customerId: other.customer.id, steps: [{ channel: 'EMAIL', to: 'x@example.com' }] } },
        { input: { customerId: customer, steps: [{ channel: 'EMAIL', to: 'x@example.com' }] } },
      ],
      [
        DOCUMENTS.confirm,
        { input: { verificationId: theirs.id, ...guess } },
        { input: { verificationId: verification, ...guess } },
      ],
      ...[DOCUMENTS.confirmEmail, DOCUMENTS.confirmPhone].flatMap((document): [string, Variables, Variables][] => [
        [
          document,
          { input: { verificationId: theirs.id, ...guess } },
          { input: { verificationId: verification, ...guess } },
        ],
        [
          document,
          { input: { customerId: other.customer.id, ...guess } },
          { input: { customerId: customer, ...guess } },
        ],
      ]),
      ...['removeContactPoint', 'setPrimaryContactPoint'].map((field): [string, Variables, Variables] => [
        CONTACT(field),
        { input: { id: theirContact } },
        { input: { id: contact } },
      ]),
    ];
    for (const [document, ofOther, ofNobody] of pairs) {
      const ask = async (variables: Variables) => {
        const { status, body } = await self.query(document, variables);
        const errors = body.errors?.map(({ message, extensions: { requestId: _, ...rest } }) => ({ message, ...rest }));
        return { status, data: body.data, errors };
      };
      expect(await ask(ofOther), document).toEqual(await ask(ofNobody));
    }
    expect(await failedAttempts(gateway.sql, theirs.id)).toBe(0);
    const after = await workspace.test.call<{ status: string }>('verification', { id: theirs.id });
    expect(after.status).toBe('PENDING');
    const kept = await workspace.test.call<CustomerView>('customer', { id: other.customer.id });
    expect(kept.contactPoints).toHaveLength(1);
  });

  test('customers, keys’ mutations and the workspace’s settings are FORBIDDEN', async () => {
    const { self, customer } = await person();
    const documents = [
      ['{ customers { nodes { id } } }', {}],
      [DOCUMENTS.customer, { id: customer.id }],
      ['{ workspace { id } }', {}],
      ['mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }', { input: {} }],
      [
        'mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { id } }',
        { input: { id: customer.id } },
      ],
      [
        'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { id } }',
        { input: { id: customer.id } },
      ],
      [
        'mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }',
        { input: { customerId: customer.id, kind: 'EMAIL', value: 'a@example.com', attestedBy: 'me' } },
      ],
    ] as const;
    for (const [document, variables] of documents) {
      expect(errorOf(await self.query(document, variables)), document).toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('a customer cannot ask whose an address is', () => {
  test('C4: a send to a contact of another customer’s is accepted like any other, and only its proof is refused', async () => {
    const owner = await person({ email: 'taken@example.com' });
    await owner.self.call('sendEmail', { input: {} });
    await owner.self.call('confirmEmail', { input: { code: RIGHT } });
    const { self } = await person();
    const strip = ({ verification, ...rest }: Outcome) => ({
      ...rest,
      verification: { ...verification, id: 0, createdAt: 0, updatedAt: 0, expiresAt: 0, resendAvailableAt: 0 },
    });
    const [taken, free] = [
      await self.call('sendEmail', { input: { email: 'taken@example.com' } }),
      await self.call('sendEmail', { input: { email: 'tfree@example.com' } }),
    ];
    expect(strip(taken)).toEqual(strip(free));
    const wrong = { verificationId: taken.verification?.id, code: '000000' };
    expect(await self.call('confirm', { input: wrong })).toMatchObject({ __typename: 'CodeIncorrect' });
    const right = { ...wrong, code: RIGHT };
    expect(await self.call('confirm', { input: right })).toMatchObject({ code: 'CONTACT_IN_USE' });
    const { customer } = await person();
    expect(
      await workspace.test.call('sendEmail', { input: { customerId: customer.id, email: 'taken@example.com' } }),
    ).toMatchObject({ code: 'CONTACT_IN_USE' });
  });

  test('an idempotency key of theirs meets neither another customer’s nor the backend’s', async () => {
    const [one, other] = await Promise.all([person({ email: 'i1@example.com' }), person({ email: 'i2@example.com' })]);
    const input = { idempotencyKey: 'order-1' };
    const byKey = await workspace.test.sendEmail(one.customer.id, input);
    const [first, again, others] = [
      await one.self.call('sendEmail', { input }),
      await one.self.call('sendEmail', { input }),
      await other.self.call('sendEmail', { input }),
    ];
    expect(again.verification?.id).toBe(first.verification?.id);
    expect(new Set([byKey.id, first.verification?.id, others.verification?.id]).size).toBe(3);
  });
});

describe('limits of a customer', () => {
  test('are their own: one who has used theirs up leaves the others’ as they are, and naming themselves adds none', async () => {
    const [greedy, other] = await Promise.all([
      person({ email: 'greedy@example.com' }),
      person({ email: 'modest@example.com' }),
    ]);
    const codes: (string | undefined)[] = [];
    for (let index = 0; index < 22; index += 1) {
      const input = index % 2 === 0 ? {} : { customerId: greedy.customer.id };
      const { body } = await greedy.self.query(DOCUMENTS.sendEmail, { input });
      codes.push(body.errors?.[0]?.extensions.code);
    }
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
    expect(await other.self.call('sendEmail', { input: {} })).toMatchObject({ __typename: 'VerificationSent' });
  });
});
