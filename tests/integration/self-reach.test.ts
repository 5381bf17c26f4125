/** The walls around a customer who calls for themselves: nothing of anybody else is within reach. */
import { afterAll, describe, expect, test } from 'vitest';
import { type CustomerView, DOCUMENTS, type Outcome, type Variables } from '../support/caller.js';
import { failedAttempts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { SELF_DOCUMENTS, startPeople } from '../support/people.js';

const gateway = await startGateway({ work: false });
const people = await startPeople(gateway);
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const RIGHT = '123456';
const NOBODY = '01a1f9f3-2bb7-782f-bb89-9d961c4cf735';

describe('K8: for a customer, everything of another one is exactly as if it did not exist', () => {
  test('verifications, contacts and customers, in queries and in mutations', async () => {
    const { self } = await people.person({ email: 'me@example.com' });
    const other = await people.person({ email: 'other@example.com', region: 'FR' });
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
      [SELF_DOCUMENTS.list, { customerId: other.customer.id }, { customerId: customer }],
      [SELF_DOCUMENTS.node, { id: other.customer.id }, { id: customer }],
      [SELF_DOCUMENTS.node, { id: theirContact }, { id: contact }],
      [SELF_DOCUMENTS.node, { id: theirs.id }, { id: verification }],
      [SELF_DOCUMENTS.node, { id: `Workspace:${people.workspace.id}` }, { id: `Workspace:${NOBODY}` }],
      ...[SELF_DOCUMENTS.resend, SELF_DOCUMENTS.failover, SELF_DOCUMENTS.cancel].map(
        (document): [string, Variables, Variables] => [
          document,
          { input: { verificationId: theirs.id } },
          { input: { verificationId: verification } },
        ],
      ),
      ...[DOCUMENTS.sendEmail, DOCUMENTS.sendPhone].map((document): [string, Variables, Variables] => [
        document,
        { input: { customerId: other.customer.id } },
        { input: { customerId: customer } },
      ]),
      [
        SELF_DOCUMENTS.start,
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
      ...[SELF_DOCUMENTS.removeContact, SELF_DOCUMENTS.setPrimary].map((document): [string, Variables, Variables] => [
        document,
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
    const after = await people.workspace.test.call<{ status: string }>('verification', { id: theirs.id });
    expect(after.status).toBe('PENDING');
    const kept = await people.workspace.test.call<CustomerView>('customer', { id: other.customer.id });
    expect(kept.contactPoints).toHaveLength(1);
  });

  test('customers, keys’ mutations and the workspace’s settings are FORBIDDEN', async () => {
    const { self, customer } = await people.person();
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
    const owner = await people.person({ email: 'taken@example.com' });
    await owner.self.call('sendEmail', { input: {} });
    await owner.self.call('confirmEmail', { input: { code: RIGHT } });
    const { self } = await people.person();
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
    const { customer } = await people.person();
    expect(
      await people.workspace.test.call('sendEmail', { input: { customerId: customer.id, email: 'taken@example.com' } }),
    ).toMatchObject({ code: 'CONTACT_IN_USE' });
  });

  test('an idempotency key of theirs meets neither another customer’s nor the backend’s', async () => {
    const [one, other] = await Promise.all([
      people.person({ email: 'i1@example.com' }),
      people.person({ email: 'i2@example.com' }),
    ]);
    const input = { idempotencyKey: 'order-1' };
    const byKey = await people.workspace.test.sendEmail(one.customer.id, input);
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
      people.person({ email: 'greedy@example.com' }),
      people.person({ email: 'modest@example.com' }),
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
