/** Confirmations that have been let in and wait for the row of a customer who is being deleted by another process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import { createFleet } from '../support/fleet.js';
import { whileHeld } from '../support/held-rows.js';
import { click, sendLink, tokenOf } from '../support/links.js';
import type { Running } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import type { TestWorkspace } from '../support/workspace.js';

const SECRET = 'the same secret in every process of the fleet';
const REDIRECT = 'https://app.acme.example/verified';
const fleet = await createFleet(sharedPostgres(), { TRUSTED_PROXIES: '127.0.0.1' });
afterAll(() => fleet[Symbol.asyncDispose]());

let processes: Running[];
beforeAll(async () => {
  processes = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
});

const uuidOf = (id: string) => id.slice(id.indexOf(':') + 1);

async function begin() {
  const workspace = await fleet.workspace(processes);
  const settings = 'update workspace set redirect_uris = $2, connect_stamps_email = true where id = $1';
  await fleet.sql(settings, [workspace.id, [REDIRECT]]);
  const person = newPerson();
  const { id: customerId } = await workspace.test.createCustomer(person);
  return { workspace, customerId, ...person };
}

/** Holds the deletion of a customer until a confirmation waits for it, which then goes on without them. */
const whileDeleted = <Result>(customerId: string, confirm: () => Promise<Result>): Promise<Result> =>
  whileHeld(
    fleet.sql,
    uuidOf(customerId),
    ['update customer set deleted_at = now() where id = $1 returning 1'],
    confirm,
  );

async function expectNothingVerified(customerId: string) {
  const values = [uuidOf(customerId)];
  expect(await fleet.sql('select status from verification where customer_id = $1', values)).toEqual([
    { status: 'PENDING' },
  ]);
  const verified = 'select value from contact_point where customer_id = $1 and verified_at is not null';
  expect(await fleet.sql(verified, values)).toEqual([]);
  expect(await fleet.sql('select from session where customer_id = $1', values)).toEqual([]);
}

const byCode = (updatePrimary: boolean) => async (workspace: TestWorkspace, customerId: string) => {
  const { id: verificationId } = await workspace.test.sendEmail(customerId);
  return async () => {
    const input = { verificationId, code: '123456', updatePrimary };
    expect(await workspace.test.call('confirm', { input })).toMatchObject({ __typename: 'Refused', code: 'NOT_FOUND' });
  };
};
const byLink = (updatePrimary: boolean) => async (workspace: TestWorkspace, customerId: string, email: string) => {
  const input = { customerId, email, redirectUri: REDIRECT, updatePrimary };
  const { verification } = await sendLink(workspace.test, input);
  const token = tokenOf(SECRET, workspace.id, 'TEST', verification?.id as string);
  return async () => {
    const { location } = await click(`${processes[1]?.url}/l/${token}`);
    expect(location).toBe(`${REDIRECT}?result=false`);
  };
};

test.each([
  ['code', byCode(false)],
  ['code that is to replace the primary contact', byCode(true)],
  ['click', byLink(false)],
  ['click that is to replace the primary contact', byLink(true)],
  [
    'connect code',
    async (workspace: TestWorkspace, _: string, email: string) => {
      const browser = await createBrowser(
        processes.map(({ url }) => url),
        workspace,
      );
      expect(await browser.asks(email)).toBe(true);
      return async () => {
        expect(await browser.confirm({ email, code: '123456' })).toMatchObject({ code: 'CODE_INCORRECT' });
      };
    },
  ],
])('a right %s whose customer is deleted while it waits for their row verifies nothing', async (_, prepare) => {
  const { workspace, customerId, email } = await begin();
  const confirm = await prepare(workspace, customerId, email);
  await whileDeleted(customerId, confirm);
  await expectNothingVerified(customerId);
});

test('race: a contact that is verified while its customer is being deleted is free afterwards', async () => {
  const { workspace, customerId } = await begin();
  const values = [uuidOf(customerId)];
  const document = 'mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { isDeleted } }';
  const verify = `update contact_point set verified_at = now(), verified_by = 'ATTESTED'
                  where customer_id = $1 and kind = 'EMAIL'`;
  const deleted = await whileHeld(
    fleet.sql,
    uuidOf(customerId),
    ['select from customer where id = $1 for update'],
    () => workspace.test.query(document, { i: { id: customerId } }),
    () => fleet.sql(verify, values),
  );
  expect(deleted.body.data).toEqual({ deleteCustomer: { isDeleted: true } });
  const verified = 'select value from contact_point where customer_id = $1 and verified_at is not null';
  expect(await fleet.sql(verified, values)).toEqual([]);
});
