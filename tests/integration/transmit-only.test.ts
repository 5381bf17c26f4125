/** Links where no provider but Transmit Security may take them: what it cannot do is refused before anything is sent. */
import { afterAll, expect, test } from 'vitest';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { REDIRECT } from '../support/link-mail.js';
import { click, open, SEND_LINK, sendLink } from '../support/links.js';
import { askSteps } from '../support/stepped.js';
import { startTransmitLinks } from '../support/transmit-links.js';
import { waitFor } from '../support/wait-for.js';

const only = { PROVIDER_EMAIL: 'transmit-security' };
const post = await startTransmitLinks(only);
const off = await startTransmitLinks({ ...only, TRANSMIT_EMAIL_LINKS: 'off' });
afterAll(async () => {
  for (const each of [post, off]) await each[Symbol.asyncDispose]();
});

test('a link without a user token of the caller is FORBIDDEN, and nothing is written or asked', async () => {
  const { customerId, email } = await post.person();
  const before = await rowCounts(post.gateway.sql);
  const answer = await post.live.query(SEND_LINK, { input: { customerId, email, redirectUri: REDIRECT } });
  expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
  expect(JSON.stringify(answer.body)).toContain('transmit-security needs a user token of the caller');
  expect(await rowCounts(post.gateway.sql)).toEqual(before);
  expect(post.transmit.requests).toEqual([]);
});

test.each([
  [{ timeoutSeconds: 3600 }, 'input.timeoutSeconds', 'takes 30 to 600'],
  [{ locale: 'fr-FR' }, 'input.locale', 'speaks en'],
])('%o is refused with the provider and its limit, and nothing is asked', async (terms, argument, limit) => {
  const { self, email } = await post.person();
  const asked = post.transmit.requests.length;
  const answer = await self.query(SEND_LINK, { input: { email, redirectUri: REDIRECT, ...terms } });
  expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  expect(JSON.stringify(answer.body)).toContain(`the provider transmit-security ${limit}`);
  expect(post.transmit.requests).toHaveLength(asked);
});

test('a resend that Transmit refuses leaves the link that is out as good as it was', async () => {
  const { self, id, mail, page, stored } = await post.linked();
  const { link } = await mail();
  await open(await post.followed(link));
  await post.gateway.sql('update verification set resend_available_at = now() where id = $1', [id.split(':')[1] ?? '']);
  const again = await askSteps(self, 'resend', { verificationId: id });
  expect(again.body.data?.result).toMatchObject({ __typename: 'VerificationSent' });
  const failed = await waitFor('the resend fails', async () => {
    const [step] = (await stored()).steps;
    return step?.status === 'FAILED' && step;
  });
  expect(failed.failureReason).toBe('transmit-security says that this email is taken');
  expect((await click(page)).location).toBe(`${REDIRECT}&result=true`);
});

test('unless it is switched on no link goes by Transmit: there is no provider for it, and codes go as ever', async () => {
  const { self, email } = await off.person();
  const refused = await sendLink(self, { email, redirectUri: REDIRECT });
  expect(refused).toEqual({ __typename: 'Refused', code: 'CHANNEL_NOT_AVAILABLE' });
  expect(off.transmit.requests).toEqual([]);
  await self.call('sendEmail', { input: { email } });
  await waitFor('a code', () => off.transmit.book.find({ to: email }));
  expect(off.transmit.mails).toEqual([]);
});
