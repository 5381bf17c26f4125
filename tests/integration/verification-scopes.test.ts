/** Customers and verifications lead to each other, and neither is a way around the scopes of the other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { startPeople } from '../support/people.js';

const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const people = await startPeople(gateway);
afterAll(() => people[Symbol.asyncDispose]());
const { workspace } = people;

const OF_CUSTOMER = '{ id verifications { nodes { id } } }';
const CUSTOMER = `query ($id: ID!) { customer(id: $id) ${OF_CUSTOMER} }`;
const VERIFICATION = 'query ($id: ID!) { verification(id: $id) { id customer { id email } } }';

let customerId: string;
let verificationId: string;
beforeAll(async () => {
  ({ id: customerId } = await workspace.test.createCustomer({ email: 'ada@example.com' }));
  ({ id: verificationId } = await workspace.test.sendEmail(customerId));
});
const keyWith = async (...scopes: string[]) => ({ key: (await workspace.key({ scopes })).secret });

test('attack: a key that may read customers reads no verification through one', async () => {
  const key = await keyWith('customers:read', 'sessions:write', 'customers:write');
  const answer = await gateway.query(CUSTOMER, { id: customerId }, key);
  expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
  expect(JSON.stringify(answer.body)).not.toContain(verificationId);
  const both = await keyWith('customers:read', 'verifications:read');
  expect(dataOf(await gateway.query(CUSTOMER, { id: customerId }, both))).toEqual({
    customer: { id: customerId, verifications: { nodes: [{ id: verificationId }] } },
  });
});

test('attack: a key that may read verifications reads no customer through one', async () => {
  const key = await keyWith('verifications:read');
  const answer = await gateway.query(VERIFICATION, { id: verificationId }, key);
  expect(dataOf(answer)).toEqual({ verification: { id: verificationId, customer: null } });
  const both = await keyWith('customers:read', 'verifications:read');
  expect(dataOf(await gateway.query(VERIFICATION, { id: verificationId }, both))).toEqual({
    verification: { id: verificationId, customer: { id: customerId, email: 'ada@example.com' } },
  });
});

test('a customer reads their own verifications, and themselves behind one', async () => {
  const { self, customer } = await people.person({ email: 'own@example.com' });
  const { id } = await self.sendEmail(customer.id);
  const viewer = await self.query(`{ viewer { customer ${OF_CUSTOMER} } }`);
  expect(dataOf(viewer)).toEqual({ viewer: { customer: { id: customer.id, verifications: { nodes: [{ id }] } } } });
  expect(dataOf(await self.query(VERIFICATION, { id }))).toMatchObject({
    verification: { customer: { id: customer.id } },
  });
});
