/** Where the token of a link must not be: in the database, and in the log. */
import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { dump } from '../support/database-state.js';
import { OLD_SECRET, REDIRECT, SECRET, startLinkMail } from '../support/link-mail.js';
import { click, open, sendLink, tokenOf } from '../support/links.js';
import { waitFor } from '../support/wait-for.js';

const post = await startLinkMail();
afterAll(() => post[Symbol.asyncDispose]());
const { gateway, mailbox, mailed, newAddress, workspaceWith } = post;

test('a thief of the database and of the logs finds no token in them, and neither its secret part nor a hash of it', async () => {
  const { token, page } = await mailed();
  const state = async () => `${await dump(gateway.sql)}\n${gateway.logs.join('\n')}`;
  await open(`${page}/and/more?with=query`);
  await open(page, { method: 'PUT' });
  await open(`${page}%zz`);
  const before = await state();
  await open(page);
  await click(page);
  await click(page);
  const everything = `${before}\n${await state()}`;
  expect(everything).toContain('verification-deliver');
  const secret = Buffer.from(token, 'base64url').subarray(-32);
  const forms = (['hex', 'base64', 'base64url'] as const).flatMap((encoding) => [
    secret.toString(encoding),
    createHash('sha256').update(token).digest(encoding),
    createHash('sha256').update(secret).digest(encoding),
  ]);
  for (const form of [token, token.slice(-42), ...forms]) expect(everything).not.toContain(form);
});

test('a mail server that refuses a message and quotes it puts nothing of it into the log', async () => {
  const { id: workspaceId, live } = await workspaceWith();
  const { id: customerId } = await live.createCustomer();
  mailbox.misbehave({ refuseMessage: 554, quote: true });
  const { verification } = await sendLink(live, { customerId, email: newAddress(), redirectUri: REDIRECT });
  await live.sendEmail(customerId, { email: newAddress(), codeLength: 12 });
  const failed = () => gateway.logs.filter((line) => line.includes(workspaceId) || line.includes('delivery failed'));
  await waitFor('both are refused', () => failed().length === 2);
  mailbox.misbehave({});
  const log = failed().join('\n');
  expect(mailbox.quotes.map((text) => /\/l\/[\w-]{92}|\d{12}/.test(text))).toEqual([true, true]);
  expect(log).toContain('the mail server refused the message (554)');
  expect(log).not.toMatch(/Confirm your email|Acme Market|\/l\/|[\w-]{60,}|\D\d{12}\D/);
  const token = tokenOf(SECRET, workspaceId, 'LIVE', verification?.id as string);
  expect(gateway.logs.join('\n')).not.toContain(token.slice(-42));
});

test('forged with a secret that has leaked and is on its way out: no link of what was sent under the one in its place', async () => {
  const { workspaceId, verification, page, token, stored } = await mailed();
  const forged = tokenOf(OLD_SECRET, workspaceId, 'LIVE', verification.id);
  const answers = [await open(page.replace(token, forged)), await click(page.replace(token, forged))];
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  expect(await stored()).toMatchObject({ status: 'PENDING' });
  expect((await click(page)).location).toContain('result=true');
});
