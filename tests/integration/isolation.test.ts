/** One workspace, and one of its two worlds, never meets another: an object of theirs is like one that does not exist. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Caller, DOCUMENTS } from '../support/caller.js';
import { failedAttempts } from '../support/database-state.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({
  env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com' },
  work: false,
});
afterAll(() => gateway[Symbol.asyncDispose]());

const RIGHT = '123456';
const NOBODY = '01a1f9f3-2bb7-782f-bb89-9d961c4cf735';

const strangers: [string, () => Promise<{ owner: Caller; stranger: Caller }>][] = [
  [
    'the live key of the same workspace',
    async () => {
      const { test: owner, live } = await gateway.workspace();
      return { owner, stranger: live };
    },
  ],
  [
    'a key of another workspace',
    async () => {
      const [{ test: owner }, { test: stranger }] = await Promise.all([gateway.workspace(), gateway.workspace()]);
      return { owner, stranger };
    },
  ],
];

describe.each(strangers)('%s', (_, meet) => {
  test('K7: sees every object of the owner exactly as one that does not exist', async () => {
    const { owner, stranger } = await meet();
    const customer = await owner.createCustomer({
      email: 'ada@example.com',
      phone: '+33612345678',
      region: 'FR',
      platformCustomerId: 'shop/1',
    });
    const verification = await owner.sendEmail(customer.id);
    const [ofCustomer, ofVerification] = [`Customer:${NOBODY}`, `Verification:${NOBODY}`];
    const pairs: [keyof typeof DOCUMENTS, object, object][] = [
      ['customer', { id: customer.id }, { id: ofCustomer }],
      ['customer', { platformCustomerId: 'shop/1' }, { platformCustomerId: 'shop/2' }],
      ['contactVerification', { id: customer.id }, { id: ofCustomer }],
      ['verification', { id: verification.id }, { id: ofVerification }],
      ['sendEmail', { input: { customerId: customer.id } }, { input: { customerId: ofCustomer } }],
      ['sendPhone', { input: { customerId: customer.id } }, { input: { customerId: ofCustomer } }],
      ['confirm', guess({ verificationId: verification.id }), guess({ verificationId: ofVerification })],
      ['confirmEmail', guess({ verificationId: verification.id }), guess({ verificationId: ofVerification })],
      ['confirmEmail', guess({ customerId: customer.id }), guess({ customerId: ofCustomer })],
      ['confirmPhone', guess({ customerId: customer.id }), guess({ customerId: ofCustomer })],
    ];
    for (const [document, theirs, nobodys] of pairs) {
      const ask = async (variables: object) => {
        const { status, body } = await stranger.query(DOCUMENTS[document], { ...variables });
        return { status, body };
      };
      const answer = await ask(theirs);
      expect(answer).toEqual(await ask(nobodys));
      const empty = document.startsWith('send') || document.startsWith('confirm') ? { code: 'NOT_FOUND' } : null;
      expect(answer.body.data).toMatchObject({ result: empty });
    }
    expect(await failedAttempts(gateway.sql, verification.id)).toBe(0);
    expect(await owner.call('confirm', guess({ verificationId: verification.id }))).toMatchObject({
      __typename: 'VerificationConfirmed',
    });
  });

  test('K7: sees nothing of the owner when both ask at the same moment', async () => {
    const { owner, stranger } = await meet();
    const { id } = await owner.createCustomer({ email: 'ada@example.com' });
    const { id: verificationId } = await owner.sendEmail(id);
    const ask = async (caller: Caller) => {
      const document = `query ($id: ID!, $verificationId: ID!) {
        customer(id: $id) { email contactPoints { value } } verification(id: $verificationId) { steps { to } } }`;
      return (await caller.query(document, { id, verificationId })).body.data;
    };
    const askers = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? owner : stranger));
    const seen = await Promise.all(askers.map(ask));
    const [own, none] = [
      {
        customer: { email: 'ada@example.com', contactPoints: [{ value: 'ada@example.com' }] },
        verification: { steps: [{ to: 'ada@example.com' }] },
      },
      { customer: null, verification: null },
    ];
    expect(seen).toEqual(askers.map((caller) => (caller === owner ? own : none)));
  });

  test('K7: may verify the same contact and use the same platform id', async () => {
    const { owner, stranger } = await meet();
    const input = { platformCustomerId: 'shop/1', umaAddress: '$ada@example.com', email: 'ada@example.com' };
    const { id: customerId } = await owner.createCustomer(input);
    await owner.sendEmail(customerId);
    await owner.call('confirmEmail', guess({ customerId }));
    const twin = await stranger.createCustomer(input);
    expect(twin.platformCustomerId).toBe('shop/1');
    expect(await stranger.sendEmail(twin.id)).toMatchObject({ status: 'PENDING' });
  });

  test('K7: does not spend the limits of the owner', async () => {
    const { owner, stranger } = await meet();
    const { id: customerId } = await owner.createCustomer({ email: 'ada@example.com' });
    for (let call = 0; call < 20; call += 1) await stranger.call('sendEmail', { input: { customerId } });
    const { body } = await stranger.query(DOCUMENTS.sendEmail, { input: { customerId } });
    expect(body.errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    expect(await owner.sendEmail(customerId)).toMatchObject({ status: 'PENDING' });
  });
});

function guess(target: object) {
  return { input: { ...target, code: RIGHT } };
}
