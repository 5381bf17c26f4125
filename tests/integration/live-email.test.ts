/** Live mode: a real SMTP server gets the mail, its one recipient gets the code, and only that code confirms. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { smtpProvider } from '../../src/providers/smtp.js';
import type { VerificationView } from '../support/caller.js';
import { dump } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { codeIn, type Mail, startMailbox } from '../support/mailbox.js';
import { waitFor } from '../support/wait-for.js';

const mailbox = await startMailbox();
const gateway = await startGateway({
  env: { SMTP_URL: mailbox.url, MAIL_FROM: 'Gateway <codes@gateway.example>', LOG_LEVEL: 'trace' },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

const mailTo = (address: string) => waitFor(`mail to ${address}`, () => mailbox.mailsTo(address)[0]);

let people = 0;
/** A customer of a workspace of their own, to whom a code was mailed. */
async function mailed(input: Record<string, unknown> = {}) {
  people += 1;
  const email = `person${people}@example.com`;
  const { live } = await gateway.workspace();
  const customer = await live.createCustomer({ email, region: 'FR' });
  const verification = await live.sendEmail(customer.id, input);
  const mail = await mailTo(email);
  return {
    caller: live,
    customer,
    email,
    mail,
    code: codeIn(mail),
    verification,
    guess: (code: string) => live.call('confirm', { input: { verificationId: verification.id, code } }),
  };
}

/** Another code of the same length. */
const neighbor = (code: string) => String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');

describe('a code by email', () => {
  test('reaches the one right recipient, and confirms', async () => {
    const { email, mail, code, guess, verification, caller } = await mailed();
    expect({ from: mail.from, to: mail.to }).toEqual({ from: 'codes@gateway.example', to: [email] });
    expect(mail.email.from).toEqual({ name: 'Acme Market', address: 'codes@gateway.example' });
    expect(mail.email.to).toEqual([{ name: '', address: email }]);
    expect({ cc: mail.email.cc ?? [], bcc: mail.email.bcc ?? [] }).toEqual({ cc: [], bcc: [] });
    expect(mail.email.subject).toBe(`${code} is your Acme Market verification code.`);
    expect(mail.email.html).toContain(code);
    expect(header(mail, 'auto-submitted')).toBe('auto-generated');
    expect(code).toMatch(/^\d{6}$/);

    const step = await waitFor('the step is sent', async () => {
      const { steps } = await caller.call<VerificationView>('verification', { id: verification.id });
      return steps[0]?.status === 'SENT' && steps[0];
    });
    expect(step).toMatchObject({ provider: 'smtp', to: email, sends: 1, failureReason: null, deliveredAt: null });
    expect(await guess(code)).toMatchObject({
      __typename: 'VerificationConfirmed',
      customer: { email, contactVerification: { email: 'VERIFIED' } },
    });
    expect(mailbox.mailsTo(email)).toHaveLength(1);
  });

  test.each([4, 8, 12])('has the %d digits that were asked for', async (codeLength) => {
    const { code, guess } = await mailed({ codeLength });
    expect(code).toHaveLength(codeLength);
    expect(await guess(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });
});

describe('nothing but the code confirms:', () => {
  test('the code of test mode', async () => {
    const { guess } = await mailed();
    expect(await guess('123456')).toMatchObject({ __typename: 'CodeIncorrect' });
  });

  test('a neighbor, or the code backwards', async () => {
    const { guess, code } = await mailed({ codeLength: 8 });
    for (const wrong of [neighbor(code), [...neighbor(code)].reverse().join('')]) {
      expect(await guess(wrong)).toMatchObject({ __typename: 'CodeIncorrect' });
    }
  });

  test('the code of another customer, or of the same customer before', async () => {
    const { code: others } = await mailed({ codeLength: 8 });
    const { code: before, caller, customer, email } = await mailed({ codeLength: 8 });
    const { id: verificationId } = await caller.sendEmail(customer.id, { codeLength: 8 });
    await waitFor('the second mail', () => mailbox.mailsTo(email).length === 2);
    for (const code of [others, before]) {
      expect(await caller.call('confirm', { input: { verificationId, code } })).toMatchObject({
        code: 'CODE_INCORRECT',
      });
    }
    const code = codeIn(mailbox.mailsTo(email)[1] as Mail);
    expect(await caller.call('confirm', { input: { verificationId, code } })).toMatchObject({
      __typename: 'VerificationConfirmed',
    });
  });
});

test('C10: a thief of the database and of the logs finds no code in them', async () => {
  const { code, guess } = await mailed({ codeLength: 12 });
  await guess(neighbor(code));
  const everything = `${await dump(gateway.sql)}\n${gateway.logs.join('\n')}`;
  expect(everything).toContain('verification-deliver');
  const forms = (['hex', 'base64', 'base64url'] as const).flatMap((encoding) => [
    Buffer.from(code).toString(encoding),
    createHash('sha256').update(code).digest(encoding),
  ]);
  for (const form of [code, ...forms]) expect(everything).not.toContain(form);
  await guess(code);
  expect(await dump(gateway.sql)).not.toContain(code);
});

describe('text that would make one recipient several reaches nobody:', () => {
  const hostile = [
    'a@victim.example,b@victim.example',
    'a@victim.example b@victim.example',
    'a@victim.example;b@victim.example',
    'a@victim.example\r\nBcc: b@victim.example',
    'a@victim.example%0d%0aBcc:b@victim.example',
    'group: a@victim.example, b@victim.example;',
    'Ada <a@victim.example>',
    '"a@victim.example,b"@victim.example',
    'a@victim.example(b@victim.example)',
    '<a@victim.example>',
    'a@victim.example>\r\nRCPT TO:<b@victim.example',
    'a@[127.0.0.1]',
    'a@victim.example\u0000',
    'a\u202e@victim.example',
  ];
  test.each(hostile)('%j', async (email) => {
    const { live } = await gateway.workspace();
    const { id } = await live.createCustomer();
    const document = 'mutation ($i: SendEmailVerificationInput!) { sendEmailVerification(input: $i) { __typename } }';
    const answer = await live.query(document, { i: { customerId: id, email } });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.email' });
    expect(mailbox.recipients.filter((address) => address.includes('victim'))).toEqual([]);
  });

  test.each(hostile)('%j, even where it got past the gate', async (recipient) => {
    await using provider = closing(smtpProvider({ url: mailbox.url, from: 'codes@gateway.example' }));
    const message = { id: 'x', channel: 'EMAIL', recipient, senderName: 'Acme', subject: 's', text: 't' } as const;
    await provider.deliver(message, AbortSignal.timeout(5_000)).catch(() => {});
    expect(mailbox.mails.filter(({ to }) => to.some((address) => address.startsWith('b@') || to.length > 1))).toEqual(
      [],
    );
  });
});

test('the name of a workspace is a name, whatever is in it: it adds no header, no recipient and no markup', async () => {
  const { id, live } = await gateway.workspace();
  const name = 'Acme"\r\nBcc: b@victim.example\r\n\r\n<script>x</script>';
  await gateway.sql('update workspace set app_name = $2 where id = $1', [id, name]);
  const { id: customerId } = await live.createCustomer();
  await live.sendEmail(customerId, { email: 'named@example.com' });
  const mail = await mailTo('named@example.com');
  expect({ to: mail.to, bcc: mail.email.bcc ?? [], cc: mail.email.cc ?? [] }).toEqual({
    to: ['named@example.com'],
    bcc: [],
    cc: [],
  });
  expect(header(mail, 'bcc')).toBeUndefined();
  expect(mail.email.from?.address).toBe('codes@gateway.example');
  expect(mail.email.html).not.toContain('<script>');
});

describe('a channel without a provider is CHANNEL_NOT_AVAILABLE and nothing is written:', () => {
  const expectRefused = async (
    from: TestGateway,
    document: 'sendEmail' | 'sendPhone',
    channels: (string | undefined)[],
  ) => {
    const { live } = await from.workspace();
    const { id: customerId } = await live.createCustomer({ email: 'ada@example.com', phone: '+33612345678' });
    for (const channel of channels) {
      const input = { customerId, ...(channel && { channel }) };
      expect(await live.call(document, { input })).toMatchObject({
        __typename: 'Refused',
        code: 'CHANNEL_NOT_AVAILABLE',
      });
    }
    const rows = await from.sql('select 1 from verification where customer_id = $1', [
      customerId.split(':')[1] as string,
    ]);
    expect(rows).toEqual([]);
  };

  test('live phones', () => expectRefused(gateway, 'sendPhone', ['SMS', 'WHATSAPP', 'VOICE']));

  test('live email without SMTP_URL', async () => {
    await using bare = await startGateway();
    await expectRefused(bare, 'sendEmail', [undefined]);
  });
});

function header({ email }: Mail, name: string): string | undefined {
  return email.headers.find(({ key }) => key === name)?.value;
}

function closing<Provider extends { close(): Promise<void> }>(provider: Provider): Provider & AsyncDisposable {
  return Object.assign(provider, { [Symbol.asyncDispose]: () => provider.close() });
}
