/** Contacts of a customer after they were verified, and customers that change or go. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Caller, CustomerView, Variables } from '../support/caller.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const TYPES = {
  updateCustomer: 'UpdateCustomerInput',
  deleteCustomer: 'DeleteCustomerInput',
  removeContactPoint: 'ContactPointRefInput',
  setPrimaryContactPoint: 'ContactPointRefInput',
  attestContactPoint: 'AttestContactPointInput',
} as const;
type Field = keyof typeof TYPES;
interface View extends CustomerView {
  isDeleted: boolean;
  customerType: string;
  umaAddress: string;
  region: string | null;
  currencies: string[];
  locale: string | null;
}

const ask = (caller: Caller, field: Field, input: Variables, key = caller.key) =>
  caller.query<{ result: View }>(
    `mutation ($input: ${TYPES[field]}!) { result: ${field}(input: $input) {
      id isDeleted customerType umaAddress region currencies locale email phone
      contactPoints { id value isPrimary verifiedAt verifiedBy } } }`,
    { input },
    { key },
  );
const change = async (caller: Caller, field: Field, input: Variables) => dataOf(await ask(caller, field, input)).result;
const refusal = async (caller: Caller, field: Field, input: Variables) => errorOf(await ask(caller, field, input));

async function verify(caller: Caller, customerId: string, email: string) {
  await caller.sendEmail(customerId, { email });
  return caller.call('confirmEmail', { input: { customerId, email, code: '123456' } });
}

/** A customer who has verified three addresses, the first of which is primary. */
async function withThree() {
  const workspace = await gateway.workspace();
  const caller = workspace.test;
  const { id } = await caller.createCustomer({ email: 'a@example.com' });
  for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) await verify(caller, id, email);
  const { contactPoints } = await caller.call<CustomerView>('customer', { id });
  const contact = (value: string) => contactPoints.find((point) => point.value === value)?.id as string;
  return { workspace, caller, id, contact };
}
const primary = ({ contactPoints }: Pick<CustomerView, 'contactPoints'>) =>
  contactPoints.filter(({ isPrimary }) => isPrimary).map(({ value }) => value);

describe('contacts', () => {
  test('R5: a secondary that is removed is gone, and the primary stays', async () => {
    const { caller, contact } = await withThree();
    const after = await change(caller, 'removeContactPoint', { id: contact('b@example.com') });
    expect(after.contactPoints.map(({ value }) => value)).toEqual(['a@example.com', 'c@example.com']);
    expect(primary(after)).toEqual(['a@example.com']);
    expect(await refusal(caller, 'removeContactPoint', { id: contact('b@example.com') })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('R5: a primary that is removed gives way to the verified contact that is oldest, at last to none', async () => {
    const { caller, contact } = await withThree();
    const emails: (string | null)[] = [];
    for (const value of ['a@example.com', 'b@example.com', 'c@example.com']) {
      emails.push((await change(caller, 'removeContactPoint', { id: contact(value) })).email);
    }
    expect(emails).toEqual(['b@example.com', 'c@example.com', null]);
  });

  test('R5: an unverified contact never inherits the primary place', async () => {
    const { test: caller } = await gateway.workspace();
    const { id, contactPoints } = await caller.createCustomer({ email: 'a@example.com' });
    const { customer } = await verify(caller, id, 'b@example.com');
    const verified = customer?.contactPoints.find(({ isPrimary }) => isPrimary);
    expect(verified?.value).toBe('b@example.com');
    const after = await change(caller, 'removeContactPoint', { id: verified?.id });
    expect(after).toMatchObject({ email: null, contactPoints: [{ id: contactPoints[0]?.id, isPrimary: false }] });
  });

  test('R5: contacts removed at the same moment leave no pointer to any of them', async () => {
    const { caller, id, contact } = await withThree();
    await Promise.all(
      ['a@example.com', 'b@example.com', 'c@example.com'].map((value) =>
        change(caller, 'removeContactPoint', { id: contact(value) }),
      ),
    );
    expect(await caller.call('customer', { id })).toMatchObject({ email: null, contactPoints: [] });
  });

  test('R5: a removed contact is free for another customer', async () => {
    const { caller, contact } = await withThree();
    await change(caller, 'removeContactPoint', { id: contact('a@example.com') });
    const other = await caller.createCustomer();
    expect(await verify(caller, other.id, 'a@example.com')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('C2: a verified secondary can be made primary, and there is one primary then', async () => {
    const { caller, contact } = await withThree();
    const after = await change(caller, 'setPrimaryContactPoint', { id: contact('c@example.com') });
    expect(after.email).toBe('c@example.com');
    expect(primary(after)).toEqual(['c@example.com']);
  });

  test('C2: a contact that is not verified cannot be made primary', async () => {
    const { test: caller } = await gateway.workspace();
    const { contactPoints } = await caller.createCustomer({ email: 'a@example.com' });
    expect(await refusal(caller, 'setPrimaryContactPoint', { id: contactPoints[0]?.id })).toMatchObject({
      code: 'CONFLICT',
      argument: 'input.id',
    });
  });
});

describe('attestation', () => {
  const attest = (customerId: string, value: string, kind = 'EMAIL') => ({
    customerId,
    kind,
    value,
    attestedBy: 'KYC Ltd',
  });

  test('R5: an attested contact is verified, is primary where none was, and keeps who said so', async () => {
    const { test: caller } = await gateway.workspace();
    const { id } = await caller.createCustomer({ email: 'a@example.com' });
    const first = await change(caller, 'attestContactPoint', attest(id, 'B@Example.com'));
    expect(first).toMatchObject({ email: 'B@example.com' });
    expect(first.contactPoints[1]).toMatchObject({ verifiedBy: 'ATTESTED', verifiedAt: expect.any(String) });
    const second = await change(caller, 'attestContactPoint', attest(id, 'c@example.com'));
    expect(primary(second)).toEqual(['B@example.com']);
    expect(await change(caller, 'attestContactPoint', attest(id, '+33612345678', 'PHONE'))).toMatchObject({
      phone: '+33612345678',
    });
    const told = await caller.query<{ customer: { contactPoints: { attestedBy: string | null }[] } }>(
      'query ($id: ID!) { customer(id: $id) { contactPoints { attestedBy } } }',
      { id },
    );
    const kept = told.body.data?.customer.contactPoints.map(({ attestedBy }) => attestedBy);
    expect(kept).toEqual([null, 'KYC Ltd', 'KYC Ltd', 'KYC Ltd']);
  });

  test('R5: what the gateway has verified itself keeps its evidence', async () => {
    const { caller, id } = await withThree();
    const after = await change(caller, 'attestContactPoint', attest(id, 'a@example.com'));
    expect(after.contactPoints[0]).toMatchObject({ verifiedBy: 'EMAIL_CODE' });
  });

  test('R5: a contact that is proved again keeps the evidence and the time of its first proof', async () => {
    const { test: caller } = await gateway.workspace();
    const { id } = await caller.createCustomer({ email: 'a@example.com' });
    const { id: verificationId } = await caller.sendEmail(id);
    const [first] = (await change(caller, 'attestContactPoint', attest(id, 'a@example.com'))).contactPoints;
    const confirmed = await caller.call('confirm', { input: { verificationId, code: '123456' } });
    expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed' });
    const { contactPoints } = await caller.call<CustomerView>('customer', { id });
    expect(first).toMatchObject({ verifiedBy: 'ATTESTED' });
    expect(contactPoints).toMatchObject([{ verifiedBy: 'ATTESTED', verifiedAt: first?.verifiedAt }]);
  });

  test('C4: a contact that another customer has verified is CONFLICT, in a race too', async () => {
    const { caller } = await withThree();
    const [one, two] = await Promise.all([caller.createCustomer(), caller.createCustomer()]);
    expect(await refusal(caller, 'attestContactPoint', attest(one.id, 'A@example.com'))).toMatchObject({
      code: 'CONFLICT',
      argument: 'input.value',
    });
    const answers = await Promise.all(
      [one, two].map(({ id }) => ask(caller, 'attestContactPoint', attest(id, 'new@example.com'))),
    );
    expect(answers.filter(({ body }) => body.errors?.[0]?.extensions.code === 'CONFLICT')).toHaveLength(1);
  });

  test.each<[string, Variables, string]>([
    ['an address that is none', { value: 'ada' }, 'input.value'],
    ['a number as an email', { value: '+33612345678' }, 'input.value'],
    ['nobody who says so', { attestedBy: ' ' }, 'input.attestedBy'],
    ['a name that is too long', { attestedBy: 'a'.repeat(101) }, 'input.attestedBy'],
  ])('R5: %s is refused as BAD_USER_INPUT', async (_, wrong, argument) => {
    const { test: caller } = await gateway.workspace();
    const { id } = await caller.createCustomer();
    expect(await refusal(caller, 'attestContactPoint', { ...attest(id, 'a@example.com'), ...wrong })).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument,
    });
  });
});

describe('customers', () => {
  test('R2: an update changes what it names, and null takes region and locale away', async () => {
    const { test: caller } = await gateway.workspace();
    const { id } = await caller.createCustomer({ region: 'FR', locale: 'fr', currencies: ['EUR'] });
    const input = { customerType: 'BUSINESS', umaAddress: 'shop@example.com', currencies: ['USD', 'USD'] };
    expect(await change(caller, 'updateCustomer', { id, ...input })).toMatchObject({
      customerType: 'BUSINESS',
      umaAddress: '$shop@example.com',
      currencies: ['USD'],
      region: 'FR',
      locale: 'fr',
    });
    expect(await change(caller, 'updateCustomer', { id, region: null, locale: null })).toMatchObject({
      customerType: 'BUSINESS',
      region: null,
      locale: null,
    });
    const other = await caller.createCustomer();
    for (const umaAddress of ['$shop@example.com', '$Shop@EXAMPLE.com'])
      expect(await refusal(caller, 'updateCustomer', { id: other.id, umaAddress })).toMatchObject({
        code: 'CONFLICT',
        argument: 'input.umaAddress',
      });
    // As they are kept, these two are longer than a column: the dollar comes before, and `islamicc` is `islamic-civil`.
    const [tooLong, longerInFull] = [`${'a'.repeat(64)}@${'b.'.repeat(94)}bb`, 'sl-Latn-IT-rozaj-1994-u-ca-islamicc'];
    const wrong = { region: 'XX', locale: '!', currencies: ['usd'], umaAddress: 'x' };
    const both = [...Object.entries(wrong), ['umaAddress', tooLong], ['locale', longerInFull]] as const;
    for (const [name, value] of both) {
      expect(await refusal(caller, 'updateCustomer', { id, [name as string]: value })).toMatchObject({
        code: 'BAD_USER_INPUT',
        argument: `input.${name}`,
      });
    }
  });

  test('R2: a deleted customer shows it, leaves the list, frees its contacts and cancels what is under way', async () => {
    const { caller, id } = await withThree();
    const pending = await caller.sendEmail(id, { email: 'd@example.com' });
    expect(await change(caller, 'deleteCustomer', { id })).toMatchObject({ id, isDeleted: true });
    const document = 'query ($all: Boolean) { customers(includeDeleted: $all) { nodes { id } } }';
    for (const all of [false, true]) {
      const { data } = (await caller.query(document, { all })).body;
      expect(data).toEqual({ customers: { nodes: all ? [{ id }] : [] } });
    }
    expect(await caller.call('verification', { id: pending.id })).toMatchObject({ status: 'CANCELED' });
    expect(await caller.call('confirm', { input: { verificationId: pending.id, code: '123456' } })).toMatchObject({
      code: 'CANCELED',
    });
    const other = await caller.createCustomer();
    expect(await verify(caller, other.id, 'a@example.com')).toMatchObject({ __typename: 'VerificationConfirmed' });
    for (const field of ['deleteCustomer', 'updateCustomer'] as const) {
      expect(await refusal(caller, field, { id })).toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

test('R5: another workspace, the other mode and a key without customers:write change nothing', async () => {
  const { workspace, caller, id, contact } = await withThree();
  const before = await caller.call('customer', { id });
  const { secret } = await workspace.key({ scopes: ['customers:read', 'verifications:write'] });
  const inputs: Record<Field, Variables> = {
    updateCustomer: { id, region: 'DE' },
    deleteCustomer: { id },
    removeContactPoint: { id: contact('a@example.com') },
    setPrimaryContactPoint: { id: contact('b@example.com') },
    attestContactPoint: { customerId: id, kind: 'EMAIL', value: 'x@example.com', attestedBy: 'me' },
  };
  for (const [field, input] of Object.entries(inputs) as [Field, Variables][]) {
    for (const stranger of [workspace.live, (await gateway.workspace()).test]) {
      expect(await refusal(stranger, field, input)).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(errorOf(await ask(caller, field, input, secret)).code).toBe('FORBIDDEN');
    const nonsense = field === 'attestContactPoint' ? { ...input, customerId: 'x' } : { ...input, id: 'x' };
    expect(await refusal(caller, field, nonsense)).toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await caller.call('customer', { id })).toEqual(before);
});
