/** Verification by link in live mode, through a real mail server. */
import { afterAll, describe, expect, test } from 'vitest';
import type { CustomerView, Variables, VerificationView } from '../support/caller.js';
import { expire } from '../support/database-state.js';
import { PUBLIC_URL, REDIRECT, startLinkMail } from '../support/link-mail.js';
import { click, linkIn, open, sendLink } from '../support/links.js';
import { askSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const post = await startLinkMail();
afterAll(() => post[Symbol.asyncDispose]());
const { gateway, mailbox, mailed, mailLink, newAddress, workspaceWith } = post;

describe('a link by email', () => {
  test('S2: ends at the redirect with result=true, and the address is verified', async () => {
    const { url, token, page, email, customer, stored, verification } = await mailed();
    expect(url).toBe(`${PUBLIC_URL}/l/${token}`);
    expect(verification).toMatchObject({ kind: 'LINK', status: 'PENDING', codeLength: 0, maxAttempts: 1 });
    expect(await open(page)).toMatchObject({ status: 200, location: null });
    expect(await click(page)).toMatchObject({ status: 303, location: `${REDIRECT}&result=true` });
    expect(await stored()).toMatchObject({ status: 'VERIFIED', failedAttempts: 0, verifiedAt: expect.any(String) });
    const { contactPoints } = await customer();
    expect(contactPoints).toMatchObject([{ value: email, isPrimary: true, verifiedBy: 'EMAIL_LINK' }]);
  });

  test('is written and shown in the language and the look of the send', async () => {
    const content = { primaryColor: '#0a7d32', subject: 'Bitte bestätigen', linkText: 'Weiter' };
    const { mail, page } = await mailed({ locale: 'ar', content });
    expect(mail.email.subject).toBe('Bitte bestätigen');
    expect(mail.email.html).toContain('Weiter');
    const { text } = await open(page);
    expect(text).toContain('<html lang="ar" dir="rtl">');
    expect(text).toContain('background: #0a7d32');
    expect(text).toContain('Acme Market');
    expect(text).toContain(`action="/gateway/l/`);
  });

  test('comes from the configured address, whatever the Host header says', async () => {
    const email = newAddress();
    const { live } = await workspaceWith();
    const { id: customerId } = await live.createCustomer();
    const document = 'mutation ($input: SendEmailLinkInput!) { sendEmailLink(input: $input) { __typename } }';
    const forged = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-proto': 'http' };
    await live.query(document, { input: { customerId, email, redirectUri: REDIRECT } }, { headers: forged });
    const mail = await waitFor('the mail', () => mailbox.mailsTo(email)[0]);
    expect(linkIn(mail).url.startsWith(`${PUBLIC_URL}/l/`)).toBe(true);
    expect(mail.raw).not.toContain('evil.example');
  });

  test('is the same when it is sent again, and there is no step to fail over to', async () => {
    const { token, caller, email, verification } = await mailed();
    const ref = { verificationId: verification.id };
    expect((await askSteps(caller, 'failOver', ref)).body.data?.result).toMatchObject({ code: 'NO_NEXT_STEP' });
    expect((await askSteps(caller, 'resend', ref)).body.data?.result).toMatchObject({ code: 'TOO_SOON' });
    await waitFor('the step is sent', async () => {
      const { steps } = await caller.call<VerificationView>('verification', { id: verification.id });
      return steps[0]?.status === 'SENT';
    });
    await gateway.sql('update verification set resend_available_at = now() where id = $1', [
      verification.id.split(':')[1] as string,
    ]);
    expect((await askSteps(caller, 'resend', ref)).body.data?.result).toMatchObject({ __typename: 'VerificationSent' });
    const again = await waitFor('the second mail', () => mailbox.mailsTo(email)[1]);
    expect(linkIn(again).token).toBe(token);
  });

  test('is sent once for an idempotency key, which stands for no other redirect and for no code', async () => {
    const { live } = await workspaceWith([REDIRECT, 'https://app.acme.example/other']);
    const { id: customerId } = await live.createCustomer();
    const input = { customerId, email: newAddress(), redirectUri: REDIRECT, idempotencyKey: 'order-7' };
    const first = await sendLink(live, input);
    expect(await sendLink(live, input)).toEqual(first);
    await expect(sendLink(live, { ...input, redirectUri: 'https://app.acme.example/other' })).rejects.toThrow(
      'IDEMPOTENCY_CONFLICT',
    );
    await expect(live.sendEmail(customerId, { email: input.email, idempotencyKey: 'order-7' })).rejects.toThrow(
      'IDEMPOTENCY_CONFLICT',
    );
    await waitFor('the mail', () => mailbox.mailsTo(input.email)[0]);
    expect(mailbox.mailsTo(input.email)).toHaveLength(1);
  });
});

describe('the send is refused', () => {
  test('for a redirect that is not on the list, before anything is written', async () => {
    const { live } = await workspaceWith();
    const { id: customerId } = await live.createCustomer();
    const input = { customerId, email: newAddress(), redirectUri: 'https://app.acme.example/verified' };
    expect(await sendLink(live, input)).toEqual({ __typename: 'Refused', code: 'REDIRECT_NOT_ALLOWED' });
    const rows = await gateway.sql('select 1 from verification where customer_id = $1', [
      customerId.split(':')[1] as string,
    ]);
    expect(rows).toEqual([]);
  });

  test('as a send by code is: for nobody, for what is verified, and for what another customer has verified', async () => {
    const { caller, customerId, email, page } = await mailed();
    await click(page);
    const { id: other } = await caller.createCustomer();
    const refused = async (input: Variables) =>
      (await sendLink(caller, { customerId, email, redirectUri: REDIRECT, ...input })).code;
    expect(await refused({})).toBe('ALREADY_VERIFIED');
    expect(await refused({ customerId: other })).toBe('CONTACT_IN_USE');
    expect(await refused({ customerId: 'Customer:00000000-0000-7000-8000-000000000000' })).toBe('NOT_FOUND');
  });

  test.each([
    [{ timeoutSeconds: 29 }, 'input.timeoutSeconds'],
    [{ timeoutSeconds: 3601 }, 'input.timeoutSeconds'],
    [{ locale: 'not a locale' }, 'input.locale'],
    [{ email: 'nobody' }, 'input.email'],
    [{ content: { bodyText: 'see https://evil.example' } }, 'input.content.bodyText'],
    [{ idempotencyKey: '' }, 'input.idempotencyKey'],
  ])('for %j', async (input, argument) => {
    const { live } = await workspaceWith();
    const { id: customerId } = await live.createCustomer();
    const send = sendLink(live, { customerId, email: newAddress(), redirectUri: REDIRECT, ...input });
    await expect(send).rejects.toThrow(`"argument":"${argument}"`);
  });
});

describe('scanners', () => {
  test('C9: twenty openings by GET and HEAD spend nothing; the click after them verifies', async () => {
    const { page, stored } = await mailed();
    for (let time = 0; time < 20; time += 1) {
      const method = time % 2 === 0 ? 'GET' : 'HEAD';
      const headers = time % 3 === 0 ? { 'sec-purpose': 'prefetch', purpose: 'prefetch' } : {};
      expect(await open(page, { method, headers })).toMatchObject({ status: 200, location: null });
    }
    expect(await stored()).toMatchObject({ status: 'PENDING', attemptsLeft: 1 });
    expect(await click(page)).toMatchObject({ status: 303, location: `${REDIRECT}&result=true` });
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('that send %s spend nothing', async (method) => {
    const { page, stored } = await mailed();
    expect((await open(page, { method })).status).toBe(404);
    expect(await stored()).toMatchObject({ status: 'PENDING' });
  });

  test.each([
    ['JSON', 'application/json', '{}', 415],
    ['text', 'text/plain', 'x', 415],
    ['parts', 'multipart/form-data; boundary=x', '--x--', 415],
    ['a long form', 'application/x-www-form-urlencoded', `a=${'x'.repeat(2_000)}`, 413],
  ])('that post %s spend nothing', async (_, type, body, status) => {
    const { page, stored } = await mailed();
    expect((await open(page, { method: 'POST', headers: { 'content-type': type }, body })).status).toBe(status);
    expect(await stored()).toMatchObject({ status: 'PENDING' });
  });
});

describe('S2: a link that is finished ends at the redirect with result=false, opened or clicked:', () => {
  const expectFalse = async (page: string) => {
    for (const answer of [await open(page), await open(page, { method: 'HEAD' }), await click(page)]) {
      expect(answer).toMatchObject({ status: 303, location: `${REDIRECT}&result=false` });
    }
  };

  test('used', async () => {
    const { page, stored } = await mailed();
    await click(page);
    await expectFalse(page);
    expect(await stored()).toMatchObject({ status: 'VERIFIED' });
  });

  test('expired', async () => {
    const { page, stored, verification } = await mailed();
    await expire(gateway.sql, verification.id);
    await expectFalse(page);
    expect(await stored()).toMatchObject({ status: 'EXPIRED', verifiedAt: null });
  });

  test('canceled', async () => {
    const { page, caller, verification } = await mailed();
    await askSteps(caller, 'cancel', { verificationId: verification.id });
    await expectFalse(page);
  });

  test('of a customer who was deleted', async () => {
    const { page, caller, customerId } = await mailed();
    await caller.query('mutation ($id: ID!) { deleteCustomer(input: { id: $id }) { id } }', { id: customerId });
    await expectFalse(page);
  });

  test('to an address that another customer has verified meanwhile: a click changes nothing', async () => {
    const { page, caller, email, customer } = await mailed();
    const { id: other } = await caller.createCustomer();
    await click((await mailLink(caller, other, email)).page);
    expect(await click(page)).toMatchObject({ status: 303, location: `${REDIRECT}&result=false` });
    expect((await customer()).contactPoints).toEqual([]);
  });
});

describe('a redirect that was taken off the list after the send', () => {
  test('is followed by nobody: the click verifies, and ends on a page of the gateway', async () => {
    const { page, workspaceId, stored } = await mailed();
    await gateway.sql(`update workspace set redirect_uris = '{}' where id = $1`, [workspaceId]);
    const asked = await open(page);
    expect(asked.headers.get('content-security-policy')).toContain("form-action 'self';");
    expect(await click(page)).toMatchObject({
      status: 200,
      location: null,
      text: expect.stringContaining('confirmed'),
    });
    expect(await stored()).toMatchObject({ status: 'VERIFIED' });
    for (const answer of [await open(page), await click(page)]) {
      expect(answer).toMatchObject({ status: 410, location: null, text: expect.stringContaining('no longer works') });
    }
  });
});

describe('updatePrimary travels with the send:', () => {
  async function withVerifiedPrimary() {
    const first = await mailed();
    await click(first.page);
    return first;
  }

  test.each([
    [true, 'the new address is primary, the old one stays'],
    [false, 'the new address is secondary'],
  ])('C2: %s: %s', async (updatePrimary) => {
    const { caller, customerId, email, customer } = await withVerifiedPrimary();
    const added = newAddress();
    await click((await mailLink(caller, customerId, added, { updatePrimary })).page);
    const { contactPoints, email: primary } = await customer();
    expect(primary).toBe(updatePrimary ? added : email);
    expect(contactPoints.map(({ value, isPrimary }) => ({ value, isPrimary }))).toEqual([
      { value: email, isPrimary: !updatePrimary },
      { value: added, isPrimary: updatePrimary },
    ]);
  });

  test('an unverified primary gives way either way', async () => {
    const { live } = await workspaceWith();
    const { id } = await live.createCustomer({ email: 'unverified@example.com' });
    const email = newAddress();
    await click((await mailLink(live, id, email)).page);
    expect((await live.call<CustomerView>('customer', { id })).email).toBe(email);
  });
});

describe('a guess at a link', () => {
  test('finds nothing, and leaves the link as it was', async () => {
    const { caller, customerId, email, page, verification } = await mailed();
    for (const code of ['000000', '123456']) {
      expect(await caller.call('confirm', { input: { verificationId: verification.id, code } })).toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(await caller.call('confirmEmail', { input: { customerId, email, code } })).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await click(page)).toMatchObject({ location: `${REDIRECT}&result=true` });
  });

  test('is for the code that was sent before it', async () => {
    const { test: caller } = await workspaceWith();
    const { id: customerId } = await caller.createCustomer();
    await caller.sendEmail(customerId, { email: 'both@example.com' });
    await sendLink(caller, { customerId, email: 'both@example.com', redirectUri: REDIRECT });
    const input = { customerId, email: 'both@example.com', code: '123456' };
    expect(await caller.call('confirmEmail', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
  });
});
