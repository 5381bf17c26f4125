/** A customer who calls for themselves: what they can do with what is their own. */
import { afterAll, describe, expect, test } from 'vitest';
import type { CustomerView, Outcome, Variables } from '../support/caller.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { SELF_DOCUMENTS, startPeople } from '../support/people.js';

const gateway = await startGateway({ work: false });
const people = await startPeople(gateway);
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const RIGHT = '123456';
const VIEWER = '{ viewer { customer { id email verifications { nodes { id } } contactPoints { value } } } }';

interface List {
  verifications: { nodes: { id: string }[] };
}

describe('a customer', () => {
  test('S1: sends a code to themselves and confirms it, without naming who they are', async () => {
    const { self, customer } = await people.person({ email: 'own@example.com', phone: '+33612345670' });
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
    const { self, customer } = await people.person({ email: 'named@example.com' });
    const sent = await self.sendEmail(customer.id);
    const input = { verificationId: sent.id, customerId: customer.id, code: RIGHT };
    expect(await self.call('confirmEmail', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
    const steps = [{ channel: 'SMS', to: '+33612345671' }];
    const started = dataOf(await self.query<{ result: Outcome }>(SELF_DOCUMENTS.start, { input: { steps } })).result;
    expect(
      await self.call('confirm', { input: { verificationId: started.verification?.id, code: RIGHT } }),
    ).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('R1: reads their own contact verification without an argument', async () => {
    const { self, customer } = await people.person({ email: 'eu@example.com', region: 'DE' });
    expect(await self.call('contactVerification', {})).toEqual({ email: 'PENDING', phone: 'PENDING' });
    expect(await self.call('contactVerification', { id: customer.id })).toEqual({ email: 'PENDING', phone: 'PENDING' });
    await self.call('sendEmail', { input: {} });
    await self.call('confirmEmail', { input: { code: RIGHT } });
    expect(await self.call('contactVerification', {})).toEqual({ email: 'VERIFIED', phone: 'PENDING' });
  });

  test('R2: reads themselves whole through the viewer and by their node, with verifications and contacts', async () => {
    const { self, customer } = await people.person({ email: 'whole@example.com' });
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
      expect(dataOf(await self.query(SELF_DOCUMENTS.node, { id: own }))).toMatchObject({ node: { id: own } });
    }
  });

  test('R4: lists their own verifications and nobody else’s, whoever they ask about', async () => {
    const [one, other] = await Promise.all([
      people.person({ email: 'one@example.com' }),
      people.person({ email: 'two@example.com' }),
    ]);
    const mine = await one.self.sendEmail(one.customer.id);
    await other.self.sendEmail(other.customer.id);
    const ids = async (variables: Variables) =>
      dataOf(await one.self.query<List>(SELF_DOCUMENTS.list, variables)).verifications.nodes.map(({ id }) => id);
    expect(await ids({})).toEqual([mine.id]);
    expect(await ids({ customerId: one.customer.id })).toEqual([mine.id]);
    expect(await ids({ customerId: other.customer.id })).toEqual([]);
    expect(await ids({ customerId: 'nonsense' })).toEqual([]);
  });

  test('R5: removes a contact of theirs, and makes a verified one the primary', async () => {
    const { self } = await people.person({ email: 'first@example.com' });
    const contacts: Record<string, string> = {};
    for (const email of ['first@example.com', 'second@example.com']) {
      await self.call('sendEmail', { input: { email } });
      const { customer } = await self.call('confirmEmail', { input: { email, code: RIGHT } });
      for (const { id, value } of customer?.contactPoints ?? []) contacts[value] = id;
    }
    const change = async (document: 'setPrimary' | 'removeContact', value: string) => {
      const input = { id: contacts[value] };
      return dataOf(await self.query<{ result: CustomerView }>(SELF_DOCUMENTS[document], { input })).result;
    };
    expect(await change('setPrimary', 'second@example.com')).toMatchObject({ email: 'second@example.com' });
    expect(await change('removeContact', 'second@example.com')).toMatchObject({ email: 'first@example.com' });
  });

  test('resends, fails over and cancels their own verification', async () => {
    const { self } = await people.person();
    const steps = [
      { channel: 'SMS', to: '+33612345672' },
      { channel: 'EMAIL', to: 'steps@example.com' },
    ];
    const started = dataOf(await self.query<{ result: Outcome }>(SELF_DOCUMENTS.start, { input: { steps } })).result;
    const input = { verificationId: started.verification?.id };
    const run = async (document: string) => dataOf(await self.query<{ result: Outcome }>(document, { input })).result;
    expect(await run(SELF_DOCUMENTS.resend)).toEqual({ __typename: 'Refused', code: 'TOO_SOON' });
    expect(await run(SELF_DOCUMENTS.failover)).toMatchObject({ __typename: 'VerificationSent' });
    expect(await run(SELF_DOCUMENTS.cancel)).toMatchObject({ verification: { status: 'CANCELED' } });
  });

  test('sees recipients masked, their own too', async () => {
    const { self, customer } = await people.person({ email: 'masked@example.com' });
    const sent = await self.sendEmail(customer.id);
    expect(sent.steps[0]?.to).toBe('m***@example.com');
  });
});
