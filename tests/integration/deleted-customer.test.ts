/** A send that races a deletion leaves a verification of somebody who is gone: nothing of it may come true. */

import { afterAll, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import { rowCounts } from '../support/database-state.js';
import { uuidOf } from '../support/enrolled.js';
import { startGateway } from '../support/harness.js';
import { click, sendLink, tokenOf } from '../support/links.js';
import { askSteps } from '../support/stepped.js';
import type { TestWorkspace } from '../support/workspace.js';

const SECRET = 'the secret that the tests of deletions know';
const REDIRECT = 'https://app.acme.example/verified';
const gateway = await startGateway({ env: { GATEWAY_SECRET: SECRET, TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

/** Deletes a customer, and puts back what a send that was under way meanwhile leaves behind. */
async function deleteBehind(workspace: TestWorkspace, customerId: string) {
  const document = 'mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { isDeleted } }';
  const { body } = await workspace.test.query(document, { i: { id: customerId } });
  expect(body.data).toEqual({ deleteCustomer: { isDeleted: true } });
  await gateway.sql(`update verification set status = 'PENDING' where customer_id = $1`, [uuidOf(customerId)]);
}

/** All that a confirmation writes. */
const stateOf = async (workspaceId: string) => ({
  verifications: await gateway.sql('select * from verification where workspace_id = $1 order by id', [workspaceId]),
  contacts: await gateway.sql('select * from contact_point where workspace_id = $1 order by id', [workspaceId]),
  customers: await gateway.sql('select * from customer where workspace_id = $1 order by id', [workspaceId]),
  streaks: await gateway.sql('select * from guess_streak where workspace_id = $1', [workspaceId]),
  sessions: await gateway.sql('select * from session where workspace_id = $1', [workspaceId]),
});

async function gone() {
  const workspace = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, [REDIRECT]]);
  const person = newPerson();
  const { id: customerId } = await workspace.test.createCustomer(person);
  return { workspace, customerId, ...person };
}

test.each([
  ['the right code', { code: '123456' }],
  ['the right code that is to replace the primary contact', { code: '123456', updatePrimary: true }],
  ['a wrong code', { code: '000000' }],
])('%s for a deleted customer is NOT_FOUND, by id and by contact, and changes nothing', async (_, guess) => {
  const { workspace, customerId, email } = await gone();
  const { id: verificationId } = await workspace.test.sendEmail(customerId);
  await deleteBehind(workspace, customerId);
  const before = await stateOf(workspace.id);
  const refused = { __typename: 'Refused', code: 'NOT_FOUND' };
  expect(await workspace.test.call('confirm', { input: { verificationId, ...guess } })).toMatchObject(refused);
  for (const input of [{ customerId }, { customerId, email }, { customerId, verificationId }]) {
    expect(await workspace.test.call('confirmEmail', { input: { ...input, ...guess } })).toMatchObject(refused);
  }
  expect(await stateOf(workspace.id)).toEqual(before);
});

test.each(['resend', 'failOver'] as const)(
  '%s of a deleted customer’s verification is NOT_FOUND: nothing more is sent to them',
  async (field) => {
    const { workspace, customerId, email } = await gone();
    const steps = [
      { channel: 'EMAIL', to: email },
      { channel: 'SMS', to: '+33612345678' },
    ];
    const started = await askSteps(workspace.test, 'start', { customerId, steps });
    const verificationId = started.body.data?.result.verification?.id as string;
    await gateway.sql(
      `update verification_step set status = 'SENT', sends = 1 where verification_id = $1 and index = 0`,
      [uuidOf(verificationId)],
    );
    await gateway.sql('update verification set resend_available_at = now() where id = $1', [uuidOf(verificationId)]);
    await deleteBehind(workspace, customerId);
    const before = await rowCounts(gateway.sql);
    for (const stepIndex of [undefined, 0, 1]) {
      const { body } = await askSteps(workspace.test, field, { verificationId, stepIndex });
      expect(body.data?.result).toMatchObject({ __typename: 'Refused', code: 'NOT_FOUND' });
    }
    expect(await rowCounts(gateway.sql)).toEqual(before);
  },
);

test.each([false, true])(
  'a click on the link of a deleted customer changes nothing: updatePrimary %s',
  async (updatePrimary) => {
    const { workspace, customerId, email } = await gone();
    const input = { customerId, email, redirectUri: REDIRECT, updatePrimary };
    const { verification } = await sendLink(workspace.test, input);
    await deleteBehind(workspace, customerId);
    const before = await stateOf(workspace.id);
    const token = tokenOf(SECRET, workspace.id, 'TEST', verification?.id as string);
    expect(await click(`${gateway.url}/l/${token}`)).toMatchObject({
      status: 303,
      location: `${REDIRECT}?result=false`,
    });
    expect(await stateOf(workspace.id)).toEqual(before);
  },
);

test('connect: the right code for a deleted customer is a wrong one, starts nothing and stamps nothing', async () => {
  const { workspace, customerId, email } = await gone();
  await gateway.sql('update workspace set connect_stamps_email = true where id = $1', [workspace.id]);
  const browser = await createBrowser(gateway.url, workspace);
  expect(await browser.asks(email)).toBe(true);
  await deleteBehind(workspace, customerId);
  const before = await stateOf(workspace.id);
  expect(await browser.confirm({ email, code: '123456' })).toMatchObject({ code: 'CODE_INCORRECT' });
  expect(await stateOf(workspace.id)).toEqual(before);
});
