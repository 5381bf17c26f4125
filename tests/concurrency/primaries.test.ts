/** Contacts that are proved while another process changes which one is the customer's primary. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CustomerView } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { whileHeld } from '../support/held-rows.js';
import type { Running } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());

let processes: Running[];
beforeAll(async () => {
  processes = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
});

const uuidOf = (id: string) => id.slice(id.indexOf(':') + 1);
const ATTEST = 'mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }';

let people = 0;
async function customer() {
  people += 1;
  const { test: caller } = await fleet.workspace(processes);
  const [first, second] = [`first${people}@example.com`, `second${people}@example.com`] as const;
  const { id } = await caller.createCustomer({ email: first });
  const prove = async (email: string, more = {}) => {
    const { id: verificationId } = await caller.sendEmail(id, { email });
    return () => caller.call('confirm', { input: { verificationId, code: '123456', ...more } });
  };
  const attest = (value: string) =>
    caller.query(ATTEST, { input: { customerId: id, kind: 'EMAIL', value, attestedBy: 'support' } });
  const read = async () => {
    const { email, contactPoints } = await caller.call<CustomerView>('customer', { id });
    return { email, verified: contactPoints.filter(({ verifiedAt }) => verifiedAt).map(({ value }) => value) };
  };
  return { id, first, second, prove, attest, read };
}

const REMOVED = [
  'delete from contact_point where id = (select primary_email_id from customer where id = $1) returning 1',
  'update customer set primary_email_id = null where id = $1 returning 1',
];
const VERIFIED = [
  `update contact_point set verified_at = now(), verified_by = 'EMAIL_CODE'
   where id = (select primary_email_id from customer where id = $1) returning 1`,
  'update customer set updated_at = now() where id = $1 returning 1',
];

test('race: a contact that is proved while the primary one is being removed becomes the primary', async () => {
  const ada = await customer();
  await (await ada.prove(ada.first))();
  const confirm = await ada.prove(ada.second);
  expect(await whileHeld(fleet.sql, uuidOf(ada.id), REMOVED, confirm)).toMatchObject({
    __typename: 'VerificationConfirmed',
  });
  expect(await ada.read()).toEqual({ email: ada.second, verified: [ada.second] });
});

test('race: an attested contact becomes the primary in place of one that is being removed', async () => {
  const ada = await customer();
  await (await ada.prove(ada.first))();
  await whileHeld(fleet.sql, uuidOf(ada.id), REMOVED, () => ada.attest(ada.second));
  expect(await ada.read()).toEqual({ email: ada.second, verified: [ada.second] });
});

test.each([
  ['confirmed', async (ada: Awaited<ReturnType<typeof customer>>) => ada.prove(ada.second)],
  ['attested', async (ada: Awaited<ReturnType<typeof customer>>) => () => ada.attest(ada.second)],
])('race: a primary that is verified at the same moment does not give way to one that is %s', async (_, begin) => {
  const ada = await customer();
  const act = await begin(ada);
  await whileHeld<unknown>(fleet.sql, uuidOf(ada.id), VERIFIED, act);
  expect(await ada.read()).toMatchObject({
    email: ada.first,
    verified: expect.arrayContaining([ada.first, ada.second]),
  });
});

test('race: where such a primary is to give way, it is told', async () => {
  const ada = await customer();
  const replace = await ada.prove(ada.second, { updatePrimary: true });
  await whileHeld<unknown>(fleet.sql, uuidOf(ada.id), VERIFIED, replace);
  expect(await ada.read()).toMatchObject({ email: ada.second });
  const notices = await fleet.sql(
    `select 1 from pgboss.job j join contact_point p on p.id = (j.data->>'contactPointId')::uuid
     where j.name = 'contact-notice' and p.customer_id = $1`,
    [uuidOf(ada.id)],
  );
  expect(notices).toHaveLength(1);
});

test('race: a customer who is changed all the while is neither gone nor in the way of a proof', async () => {
  const ada = await customer();
  const confirm = await ada.prove(ada.second);
  let isOver = false;
  const changing = Promise.all(
    [1, 2, 3].map(async () => {
      while (!isOver) await fleet.sql('update customer set updated_at = now() where id = $1', [uuidOf(ada.id)]);
    }),
  );
  const answer = await confirm();
  isOver = true;
  await changing;
  expect(answer).toMatchObject({ __typename: 'VerificationConfirmed' });
});

test('race: a dozen contacts of one customer that are proved at once are all verified, and one is the primary', async () => {
  const ada = await customer();
  const proofs = [];
  for (let index = 0; index < 12; index += 1) proofs.push(await ada.prove(`many${index}-${ada.first}`));
  const answers = await Promise.all(proofs.map((confirm) => confirm()));
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['VerificationConfirmed']));
  const { email, verified } = await ada.read();
  expect(verified).toHaveLength(12);
  expect(verified).toContain(email);
});
