/** Whoever loses their place as the primary contact is told at the old address. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Caller, CustomerView, Variables } from '../support/caller.js';
import { dump, hurryRetries } from '../support/database-state.js';
import { startGateway } from '../support/harness.js';
import { click, linkIn, sendLink } from '../support/links.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { waitFor } from '../support/wait-for.js';

const REDIRECT = 'https://app.acme.example/verified';
const mailbox = await startMailbox();
const gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

let people = 0;
const newAddress = () => `owner${++people}@example.com`;
const noticesTo = (address: string) =>
  mailbox.mailsTo(address).filter(({ email }) => / was changed or removed$/.test(email.subject ?? ''));
const noticeTo = (address: string) => waitFor(`a notice to ${address}`, () => noticesTo(address)[0]);
const noticeJobs = () => gateway.sql<{ data: Variables }>(`select data from pgboss.job where name = 'contact-notice'`);

async function confirm(caller: Caller, customerId: string, email: string, updatePrimary: boolean) {
  const { id: verificationId } = await caller.sendEmail(customerId, { email, locale: 'en' });
  const mail = await waitFor(`a code to ${email}`, () =>
    mailbox.mailsTo(email).findLast((each) => / is your /.test(each.email.subject ?? '')),
  );
  return caller.call('confirm', { input: { verificationId, code: codeIn(mail), updatePrimary } });
}

/** A customer who has verified a primary address. */
async function owner(more: Variables = {}) {
  const { id: workspaceId, live } = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspaceId, [REDIRECT]]);
  const { id } = await live.createCustomer(more);
  const email = newAddress();
  await confirm(live, id, email, false);
  return { live, id, email, workspaceId };
}

describe('the old primary address is told, once, when another takes its place', () => {
  test('by a code with updatePrimary', async () => {
    const { live, id, email } = await owner();
    const taken = newAddress();
    expect(await confirm(live, id, taken, true)).toMatchObject({ customer: { email: taken } });
    const { email: notice, to } = await noticeTo(email);
    expect(to).toEqual([email]);
    expect(notice.subject).toBe('Your email address at Acme Market was changed or removed');
    expect(notice.text).toContain('If this was not you, contact us right away.');
    expect(`${notice.text}${notice.html}`).not.toContain(taken);
    expect(noticesTo(taken)).toEqual([]);
    expect(noticesTo(email)).toHaveLength(1);
  });

  test('by a link with updatePrimary, in the language of the customer', async () => {
    const { live, id, email } = await owner({ locale: 'de-DE' });
    const taken = newAddress();
    await sendLink(live, { customerId: id, email: taken, redirectUri: REDIRECT, updatePrimary: true });
    const { token } = linkIn(await waitFor('the link', () => mailbox.mailsTo(taken)[0]));
    expect((await click(`${gateway.url}/l/${token}`)).location).toBe(`${REDIRECT}?result=true`);
    const mail = await waitFor('the notice', () => mailbox.mailsTo(email)[1]);
    expect(mail.email.html).toContain('<html lang="de"');
  });

  test('by setPrimaryContactPoint, and again on the way back', async () => {
    const { live, id, email } = await owner();
    const other = newAddress();
    const { customer } = await confirm(live, id, other, false);
    const point = (value: string) => customer?.contactPoints.find((each) => each.value === value)?.id;
    const setPrimary = (value: string) =>
      live.query('mutation ($id: ID!) { setPrimaryContactPoint(input: { id: $id }) { id } }', { id: point(value) });
    await setPrimary(other);
    await noticeTo(email);
    await setPrimary(email);
    await noticeTo(other);
    await setPrimary(email);
    expect({ old: noticesTo(email).length, back: noticesTo(other).length }).toEqual({ old: 1, back: 1 });
  });
});

test('attack: whoever changes to and fro has five notices an hour sent to a contact, and not one for each change', async () => {
  const { live, id, email } = await owner();
  const other = newAddress();
  const { customer } = await confirm(live, id, other, false);
  const point = (value: string) => customer?.contactPoints.find((each) => each.value === value)?.id;
  const document = 'mutation ($id: ID!) { setPrimaryContactPoint(input: { id: $id }) { id } }';
  for (let turn = 1; turn <= 8; turn += 1) {
    for (const value of [other, email]) {
      expect((await live.query(document, { id: point(value) })).body.errors).toBeUndefined();
    }
  }
  await waitFor('all are worked', async () => (await noticeJobs()).length >= 16);
  await waitFor('none is left', async () => {
    const open = `select 1 from pgboss.job where name = 'contact-notice' and state in ('created', 'retry', 'active')`;
    return (await gateway.sql(open)).length === 0;
  });
  expect([noticesTo(email).length, noticesTo(other).length]).toEqual([5, 5]);
});

describe('C2: account takeover: the owner of the old address is told', () => {
  const REMOVE = 'mutation ($id: ID!) { removeContactPoint(input: { id: $id }) { email } }';
  const pointOf = async (live: Caller, id: string, value: string) =>
    (await live.call<CustomerView>('customer', { id })).contactPoints.find((each) => each.value === value)?.id;

  test('even where the thief removes it before the notice could leave', async () => {
    const { live, id, email } = await owner();
    const taken = newAddress();
    const { id: verificationId } = await live.sendEmail(id, { email: taken });
    const code = codeIn(await waitFor('the code', () => mailbox.mailsTo(taken)[0]));
    await mailbox.close();
    await live.call('confirm', { input: { verificationId, code, updatePrimary: true } });
    const { body } = await live.query(REMOVE, { id: await pointOf(live, id, email) });
    expect(body.data).toEqual({ removeContactPoint: { email: taken } });
    await mailbox.open();
    await waitFor('the notice', async () => {
      await hurryRetries(gateway.sql);
      return noticesTo(email).length > 0;
    });
  });

  test('also where the mail server refuses the gateway as a sender for a while: a warning is not dropped for it', async () => {
    const { live, id, email } = await owner();
    const taken = newAddress();
    const { id: verificationId } = await live.sendEmail(id, { email: taken });
    const code = codeIn(await waitFor('the code', () => mailbox.mailsTo(taken)[0]));
    const tries = () => gateway.logs.filter((line) => line.includes('notice not delivered')).length;
    const before = tries();
    mailbox.misbehave({ refuseSender: 550 });
    await live.call('confirm', { input: { verificationId, code, updatePrimary: true } });
    await waitFor('a try', () => tries() > before);
    mailbox.misbehave({});
    await waitFor('the notice', async () => {
      await hurryRetries(gateway.sql);
      return noticesTo(email).length > 0;
    });
  });

  test('where the thief removes it, and their own address is what is left', async () => {
    const { live, id, email } = await owner();
    const other = newAddress();
    await confirm(live, id, other, false);
    const { body } = await live.query(REMOVE, { id: await pointOf(live, id, email) });
    expect(body.data).toEqual({ removeContactPoint: { email: other } });
    await noticeTo(email);
    expect(noticesTo(other)).toEqual([]);
  });
});

describe('nobody is told', () => {
  const expectNone = async (change: (live: Caller) => Promise<unknown>) => {
    const { live } = await gateway.workspace();
    const before = await noticeJobs();
    await change(live);
    expect(await noticeJobs()).toEqual(before);
  };

  test('where an unverified primary gives way, with updatePrimary or without', async () => {
    for (const updatePrimary of [true, false]) {
      await expectNone(async (live) => {
        const { id } = await live.createCustomer({ email: newAddress() });
        await confirm(live, id, newAddress(), updatePrimary);
      });
    }
  });

  test('where the verified primary stays: a secondary is added, confirmed or attested', async () => {
    await expectNone(async (live) => {
      const { id } = await live.createCustomer();
      await confirm(live, id, newAddress(), false);
      await confirm(live, id, newAddress(), false);
      const attested = newAddress();
      await live.query('mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }', {
        input: { customerId: id, kind: 'EMAIL', value: attested, attestedBy: 'the post office' },
      });
      const { contactPoints } = await live.call<CustomerView>('customer', { id });
      expect(contactPoints.find(({ value }) => value === attested)).toMatchObject({ isPrimary: false });
    });
  });

  test('where a secondary or an unverified primary is removed', async () => {
    await expectNone(async (live) => {
      const unverified = await live.createCustomer({ email: newAddress() });
      const { id } = await live.createCustomer();
      await confirm(live, id, newAddress(), false);
      const { customer } = await confirm(live, id, newAddress(), false);
      const secondary = customer?.contactPoints.find(({ isPrimary }) => !isPrimary);
      for (const point of [secondary, unverified.contactPoints[0]]) {
        const document = 'mutation ($id: ID!) { result: removeContactPoint(input: { id: $id }) { id } }';
        expect((await live.query(document, { id: point?.id })).body.errors).toBeUndefined();
      }
    });
  });

  test('where the change is refused because another customer has verified the address', async () => {
    const { live, id } = await owner();
    const { id: other } = await live.createCustomer();
    const contested = newAddress();
    const { id: verificationId } = await live.sendEmail(id, { email: contested });
    const code = codeIn(await waitFor('the code', () => mailbox.mailsTo(contested)[0]));
    await live.query('mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }', {
      input: { customerId: other, kind: 'EMAIL', value: contested, attestedBy: 'the post office' },
    });
    const before = await noticeJobs();
    expect(await live.call('confirm', { input: { verificationId, code, updatePrimary: true } })).toMatchObject({
      code: 'CONTACT_IN_USE',
    });
    expect(await noticeJobs()).toEqual(before);
  });

  test('on a phone that no provider of the mode reaches: the change is done and the queue goes on', async () => {
    const { live } = await gateway.workspace();
    const { id } = await live.createCustomer();
    const attest = (value: string) =>
      live.query<{ attestContactPoint: CustomerView }>(
        `mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { contactPoints { id value } } }`,
        { input: { customerId: id, kind: 'PHONE', value, attestedBy: 'the carrier' } },
      );
    await attest('+33612345678');
    const { body } = await attest('+33612345679');
    const second = body.data?.attestContactPoint.contactPoints.find(({ value }) => value === '+33612345679');
    const document = 'mutation ($id: ID!) { setPrimaryContactPoint(input: { id: $id }) { phone } }';
    expect((await live.query(document, { id: second?.id })).body.data).toEqual({
      setPrimaryContactPoint: { phone: '+33612345679' },
    });
    await waitFor('the notice is done', async () => {
      const jobs = await gateway.sql<{ state: string }>(
        `select state from pgboss.job where name = 'contact-notice' and state <> 'completed'`,
      );
      return jobs.length === 0;
    });
  });
});

describe('a mail server that is down', () => {
  test('does not hold up the change, and the notice is sent once it is back', async () => {
    const { live, id, email } = await owner();
    const taken = newAddress();
    const { id: verificationId } = await live.sendEmail(id, { email: taken });
    const code = codeIn(await waitFor('the code', () => mailbox.mailsTo(taken)[0]));
    await mailbox.close();
    const outcome = await live.call('confirm', { input: { verificationId, code, updatePrimary: true } });
    expect(outcome).toMatchObject({ __typename: 'VerificationConfirmed', customer: { email: taken } });
    await waitFor('a try that failed', async () => {
      const jobs = await gateway.sql(`select 1 from pgboss.job where name = 'contact-notice' and state = 'retry'`);
      return jobs.length > 0;
    });
    await mailbox.open();
    await hurryRetries(gateway.sql);
    await noticeTo(email);
  });
});

test('a job of the queue holds no address that can be read', async () => {
  const { live, id, email } = await owner();
  const taken = newAddress();
  await confirm(live, id, taken, true);
  await noticeTo(email);
  const jobs = JSON.stringify(await noticeJobs());
  expect(jobs).toContain('contactPointId');
  expect(jobs).not.toContain('@');
  expect(await dump(gateway.sql)).toContain(email);
});
