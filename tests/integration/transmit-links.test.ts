/** Links that Transmit Security mails: its own link, behind which is the gateway's, which alone is the proof. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { dump, expire, failedAttempts } from '../support/database-state.js';
import { REDIRECT } from '../support/link-mail.js';
import { click, linkIn, open, sendLink, tokenOf } from '../support/links.js';
import { scrape } from '../support/metrics.js';
import { secretsIn } from '../support/secrets.js';
import { recordSpans } from '../support/spans.js';
import { askSteps } from '../support/stepped.js';
import { startTransmitLinks } from '../support/transmit-links.js';
import type { Misbehavior } from '../support/vendors/vendor.js';
import { waitFor } from '../support/wait-for.js';

const spans = recordSpans();
const post = await startTransmitLinks();
afterAll(() => post[Symbol.asyncDispose]());
const { transmit, mailbox, gateway, workspaceId, live, linked, person, followed } = post;
beforeEach(() => transmit.misbehave());

const TRUE = `${REDIRECT}&result=true`;
const FALSE = `${REDIRECT}&result=false`;
/** Kept to be looked for at the end. */
const secrets = new Map<string, string>();
let links = 0;
async function mailed(input: Record<string, unknown> = {}) {
  const link = await linked(input);
  const mail = await link.mail();
  links += 1;
  secrets.set(`link ${links}`, link.token).set(`its secret part ${links}`, link.token.slice(-42));
  secrets.set(`user token ${links}`, link.userToken);
  return { ...link, sent: mail };
}

describe('S2: U1: a link by Transmit Security', () => {
  test('leads through Transmit to the gateway’s page; the click there ends at the redirect with result=true', async () => {
    const { sent, token, page, email, userToken, stored, customer } = await mailed();
    expect(sent.link).not.toContain(token);
    const landing = await followed(sent.link);
    expect(landing).toBe(`${page}?result=true`);
    expect(await open(landing)).toMatchObject({ status: 200, location: null });
    expect(await stored()).toMatchObject({ status: 'PENDING', steps: [{ provider: 'transmit-security' }] });
    expect(await click(page)).toMatchObject({ status: 303, location: TRUE });
    expect(await stored()).toMatchObject({ status: 'VERIFIED' });
    expect((await customer()).contactPoints).toMatchObject([
      { value: email, isPrimary: true, verifiedBy: 'EMAIL_LINK' },
    ]);
    const { headers } = transmit.requests.find(({ body }) => body.toString().includes(token)) ?? {};
    expect(headers?.authorization).toBe(`Bearer ${userToken}`);
    expect(mailbox.mailsTo(email), 'one mail, Transmit’s').toEqual([]);
    // Once it is used, every way to it ends where its click led, and says that nothing was confirmed.
    expect(await open(await followed(sent.link))).toMatchObject({ status: 303, location: FALSE });
    expect(await open(landing)).toMatchObject({ status: 303, location: FALSE });
  });

  test('is told the texts, and whether the address becomes the primary one', async () => {
    const { email } = await mailed({ updatePrimary: true, content: { subject: 'Confirm', linkText: 'Go on' } });
    const told = transmit.said.find((each) => each.email === email);
    expect(told).toMatchObject({ update_primary: true, email_content: { subject: 'Confirm', linkText: 'Go on' } });
  });

  test('is the same link when it is sent again', async () => {
    const { self, id, email, page, stored } = await mailed();
    await gateway.sql('update verification set resend_available_at = now() where id = $1', [id.split(':')[1] ?? '']);
    const again = await askSteps(self, 'resend', { verificationId: id });
    expect(again.body.data?.result).toMatchObject({ __typename: 'VerificationSent' });
    const mails = () => transmit.mails.filter(({ to }) => to === email);
    await waitFor('the second mail', () => mails().length === 2);
    const [first, second] = mails();
    expect(second?.redirectUri).toBe(first?.redirectUri);
    expect(second?.link).not.toBe(first?.link);
    await waitFor('it is marked', async () => (await stored()).steps[0]?.sends === 2);
    expect((await click(page)).location).toBe(TRUE);
  });
});

describe('what Transmit says of its link is believed neither way:', () => {
  test('C9: a scanner that opens Transmit’s link spends that one and not ours: with result=false the person is asked as ever', async () => {
    const { sent, email, page, stored } = await mailed();
    await open(await followed(sent.link));
    expect(transmit.verified, 'Transmit itself believes the scanner').toContain(email);
    expect(await stored()).toMatchObject({ status: 'PENDING' });
    const landing = await followed(sent.link);
    expect(landing).toBe(`${page}?result=false`);
    expect(await open(landing)).toMatchObject({ status: 200, location: null });
    expect(await click(landing)).toMatchObject({ status: 303, location: TRUE });
    expect(await stored()).toMatchObject({ status: 'VERIFIED' });
  });

  test('attack: a query changes nothing of the page: not its text, its form, its policy', async () => {
    const { page, token } = await mailed();
    const plain = await open(page);
    expect(plain.text).toContain(`<form method="post" action="/gateway/l/${token}">`);
    const queries = [
      'result=true',
      'result=false',
      'result=true&result=false',
      'action=//evil.example',
      'redirectUri=x',
    ];
    for (const query of [...queries, 'result=%3Cscript%3E', 'lang=ar', '', '?', '=']) {
      const { status, text, headers } = await open(`${page}?${query}`);
      expect({ status, text }, query).toEqual({ status: 200, text: plain.text });
      for (const name of ['content-security-policy', 'referrer-policy', 'cache-control', 'x-frame-options'])
        expect(headers.get(name), `${name} at ${query}`).toBe(plain.headers.get(name));
    }
  });

  test('attack: result=true on the page of the right link, without a click, verifies nothing', async () => {
    const { page, stored } = await mailed();
    for (const method of ['GET', 'HEAD']) await open(`${page}?result=true`, { method });
    expect(await stored()).toMatchObject({ status: 'PENDING' });
  });

  test('attack: result=true on a guessed token, or on an attacker’s own link, does not verify somebody else’s address', async () => {
    const victim = await mailed();
    const own = await mailed();
    const guesses = [
      'A'.repeat(92),
      victim.id.split(':')[1],
      `${victim.token.slice(0, -42)}${own.token.slice(-42)}`,
      tokenOf('another secret of at least 32 bytes', workspaceId, 'LIVE', victim.id),
    ];
    for (const guess of guesses)
      for (const method of ['GET', 'POST'])
        expect(await open(`${gateway.url}/l/${guess}?result=true`, { method })).toMatchObject({ status: 404 });
    const forged = `${own.page}?result=true&email=${victim.email}&verificationId=${victim.id}&token=${victim.token}`;
    expect(await click(forged)).toMatchObject({ status: 303, location: TRUE });
    expect(await own.stored()).toMatchObject({ status: 'VERIFIED' });
    expect((await own.customer()).contactPoints).toMatchObject([{ value: own.email }]);
    expect(await victim.stored()).toMatchObject({ status: 'PENDING' });
  });

  test('attack: result=true after the gateway’s own expiry verifies nothing', async () => {
    const { sent, id, stored } = await mailed();
    await expire(gateway.sql, id);
    const landing = await followed(sent.link);
    expect(landing).toContain('?result=true');
    expect(await open(landing)).toMatchObject({ status: 303, location: FALSE });
    expect(await click(landing)).toMatchObject({ status: 303, location: FALSE });
    expect(await stored()).toMatchObject({ status: 'EXPIRED' });
  });

  test('attack: a code that Transmit sent to the same address confirms no link, and Transmit is not asked', async () => {
    const { self, email, id, stored } = await mailed();
    const { code } = transmit.book.make(email);
    const asked = transmit.requests.length;
    const answer = await askSteps(self, 'confirm', { verificationId: id, code });
    expect(answer.body.data?.result).not.toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(transmit.requests).toHaveLength(asked);
    expect(await failedAttempts(gateway.sql, id)).toBe(0);
    expect(await stored()).toMatchObject({ status: 'PENDING' });
  });
});

describe('U4: where Transmit does not mail it', () => {
  test.each<Misbehavior>(['error', 'redirect', 'refuse', 'cut'])(
    '%s: the next provider mails the gateway’s own, with the same link',
    async (misbehavior) => {
      transmit.misbehave(misbehavior);
      const { email, token, page, stored } = await linked();
      const mail = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
      expect(linkIn(mail).token).toBe(token);
      const provider = async () => (await stored()).steps[0];
      await waitFor('it is marked', async () => (await provider())?.status === 'SENT');
      expect(await provider()).toMatchObject({ provider: 'smtp', sends: 1 });
      expect((await click(page)).location).toBe(TRUE);
    },
  );

  test('again, because it takes the address for verified since a scanner came: the next one mails the same link', async () => {
    const { self, sent, id, email, token, page } = await mailed();
    await open(await followed(sent.link));
    await gateway.sql('update verification set resend_available_at = now() where id = $1', [id.split(':')[1] ?? '']);
    await askSteps(self, 'resend', { verificationId: id });
    expect(linkIn(await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0])).token).toBe(token);
    expect((await click(page)).location).toBe(TRUE);
  });

  test('because nobody lent it a user’s token: a link that a key has sent goes by the next provider', async () => {
    const { customerId, email } = await person();
    const asked = transmit.requests.length;
    await sendLink(live, { customerId, email, redirectUri: REDIRECT });
    await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
    expect(transmit.requests).toHaveLength(asked);
  });
});

test('no link and no user token is in the database, in a job, in the log, in a metric or in a span', async () => {
  const metrics = await scrape(gateway.url);
  const counted = metrics.split('\n').filter((line) => line.includes('provider="transmit-security"'));
  expect(counted.filter((line) => /^gateway_messages_total.*outcome="SENT"/.test(line))).toHaveLength(1);
  const sent = spans.all().filter(({ name }) => name === 'sendLink transmit-security');
  expect(sent.length).toBeGreaterThan(5);
  expect(spans.text()).not.toContain('@');
  const state = await dump(gateway.sql);
  expect(state).toContain('verification-deliver');
  expect(secrets.size).toBeGreaterThan(15);
  expect(secretsIn([...gateway.logs, state, metrics, spans.text()].join('\n'), secrets)).toEqual([]);
});
