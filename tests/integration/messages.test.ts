/** The words of a message: whose language they are in, and what a caller may and may not say in them. */
import { afterAll, describe, expect, test } from 'vitest';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { TEXT_LIMITS } from '../../src/messages/email-content.js';
import { OWN_CODE } from '../../src/providers/capabilities.js';
import type { DeliveryProvider, OutboundMessage } from '../../src/providers/provider.js';
import { createRegistry } from '../../src/providers/registry.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createDeliverStep } from '../../src/verification/deliver-step.js';
import { DOCUMENTS } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { inTurns } from '../support/in-turns.js';
import { startMailbox } from '../support/mailbox.js';
import { waitFor } from '../support/wait-for.js';
import { REFUSED } from '../unit/messages/hostile-texts.js';

const mailbox = await startMailbox();
const gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

// One white pixel.
const LOGO = 'R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=';

let people = 0;
async function mailed(customer: Record<string, unknown>, input: Record<string, unknown> = {}) {
  people += 1;
  const email = `reader${people}@example.com`;
  const { live } = await gateway.workspace();
  const { id } = await live.createCustomer({ email, ...customer });
  const verification = await live.sendEmail(id, input);
  const mail = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
  const confirmed = await live.call<{ __typename: string }>('confirm', {
    input: { verificationId: verification.id, code: /^\d{6}/.exec(mail.email.text ?? '')?.[0] },
  });
  return { mail, verification, confirmed };
}

describe('S8: the language of a message', () => {
  test.each([
    ['the argument', { locale: 'fr-FR' }, { locale: 'de-AT' }, 'de-AT', 'de'],
    ['else the customer', { locale: 'pt-BR' }, {}, 'pt-BR', 'pt'],
    ['else the default of the workspace', {}, {}, 'en-US', 'en'],
  ])('is that of %s', async (_, customer, input, locale, language) => {
    const { mail, verification, confirmed } = await mailed(customer, input);
    expect(verification.locale).toBe(locale);
    expect(mail.email.html).toContain(`<html lang="${language}"`);
    expect(confirmed.__typename).toBe('VerificationConfirmed');
  });

  test('is written from right to left in Arabic', async () => {
    const { mail } = await mailed({ locale: 'ar-EG' });
    expect(mail.email.html).toContain('dir="rtl"');
  });
});

describe('S3: the content of an email', () => {
  test('is shown escaped, with its logo inside the mail, around a code that confirms', async () => {
    const { mail, confirmed } = await mailed(
      {},
      {
        content: {
          subject: 'Welcome',
          senderName: 'Shop & Co',
          primaryColor: '#AA0000',
          logo: LOGO,
          headerText: 'A < B',
        },
      },
    );
    expect(mail.email.subject).toBe('Welcome');
    expect(mail.email.from?.name).toBe('Shop & Co');
    expect(mail.email.html).toContain('A &lt; B');
    expect(mail.email.html).not.toContain('A < B');
    expect(mail.email.attachments.map(({ mimeType }) => mimeType)).toEqual(['image/gif']);
    expect(confirmed.__typename).toBe('VerificationConfirmed');
  });

  test.each([
    ['a link', { bodyText: 'Go to https://evil.example now' }, 'input.content.bodyText'],
    ['a domain without a scheme', { headerText: 'Visit evil.example' }, 'input.content.headerText'],
    ['a hidden character', { footerText: 'pay\u200bpal' }, 'input.content.footerText'],
    ['a false code', { infoText: 'Your code is 987654' }, 'input.content.infoText'],
    ['a color that is none', { primaryColor: 'red;background:url(x)' }, 'input.content.primaryColor'],
    [
      'a picture that is a script',
      { logo: Buffer.from('<svg onload=alert(1)>').toString('base64') },
      'input.content.logo',
    ],
  ])('phishing: %s is refused, and nothing is sent', async (_, content, argument) => {
    const { live } = await gateway.workspace();
    const { id: customerId } = await live.createCustomer({ email: 'victim@example.com' });
    const answer = await live.query(DOCUMENTS.sendEmail, { input: { customerId, content } });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument });
    expect(mailbox.mailsTo('victim@example.com')).toEqual([]);
  });
});

test('S3: phishing: no hostile text of the corpus gets through the endpoint, and nothing is written', async () => {
  const { test: caller } = await gateway.workspace();
  const { id: customerId } = await caller.createCustomer();
  const before = await rowCounts(gateway.sql);
  const slots = Object.entries(TEXT_LIMITS).filter(([slot]) => slot !== 'senderName');
  const texts = Object.values(REFUSED).flat();
  const refused = await inTurns(
    20,
    texts.map((text, index) => async () => {
      const [slot] = slots.filter(([, limit]) => Array.from(text).length <= limit)[index % 2] as [string, number];
      const input = { customerId, email: `corpus${index}@example.com`, content: { [slot]: text } };
      const { code, argument } = errorOf(await caller.query(DOCUMENTS.sendEmail, { input }));
      return code === 'BAD_USER_INPUT' && argument === `input.content.${slot}` ? [] : [text];
    }),
  );
  expect(refused.length).toBeGreaterThan(400);
  expect(refused.flat()).toEqual([]);
  expect(await rowCounts(gateway.sql)).toEqual(before);
}, 180_000);

describe('S4: the words of a text message', () => {
  const send = async (input: Record<string, unknown>) => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer({ phone: '+33612345678' });
    return caller.query(DOCUMENTS.sendPhone, { input: { customerId, ...input } });
  };

  test("may be the caller's, with the code and the app in their places", async () => {
    const { body } = await send({ customMessage: '{app}: {otp} is your code', senderId: 'Acme' });
    expect(body).toMatchObject({ data: { result: { __typename: 'VerificationSent' } } });
  });

  test.each([
    ['without the code', { customMessage: '{app} says hello' }, 'input.customMessage'],
    ['with the code twice', { customMessage: '{app} {otp} {otp}' }, 'input.customMessage'],
    ['with a link', { customMessage: '{app} {otp} https://evil.example' }, 'input.customMessage'],
    ['of 141 characters', { customMessage: `{app} {otp} ${'a'.repeat(129)}` }, 'input.customMessage'],
    ['in five segments of UCS-2', { customMessage: `{app} {otp} ${'🔑'.repeat(128)}` }, 'input.customMessage'],
    ['from a sender of 12 characters', { senderId: 'ABCDEFGHIJKL' }, 'input.senderId'],
  ])('are refused %s', async (_, input, argument) => {
    expect(errorOf(await send(input))).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });
});

describe('S11: a text message of a workspace with a domain', () => {
  /** What the provider is handed for a send through the endpoint. */
  async function texted(domain: string | null, input: Record<string, unknown> = {}): Promise<OutboundMessage> {
    await using quiet = await startGateway({ work: false });
    const { id: workspaceId, test: caller } = await quiet.workspace();
    await quiet.sql('update workspace set autofill_domain = $2 where id = $1', [workspaceId, domain]);
    const { id: customerId } = await caller.createCustomer({ phone: '+33612345678' });
    const { id } = await caller.sendPhone(customerId, input);
    const handed: OutboundMessage[] = [];
    const provider: DeliveryProvider = {
      name: 'test-mode',
      mode: 'TEST',
      custody: 'GATEWAY',
      capabilities: {
        ...OWN_CODE,
        channels: { SMS: { customText: true, senderId: true, languages: 'ANY' } },
        deliveryReports: false,
        idempotent: false,
      },
      deliver: async (message) => {
        handed.push(message);
        return { status: 'DELIVERED' };
      },
      probe: async () => {},
      close: async () => {},
    };
    const { database } = quiet.storage;
    const codeKeys = deriveKeyRing(['x'.repeat(32)], 'code');
    const unused = undefined as never;
    const providers = createRegistry([provider]);
    const deliver = createDeliverStep({
      database,
      outbox: unused,
      codeKeys,
      linkKeys: codeKeys,
      userTokenKeys: codeKeys,
      publicUrl: 'https://gateway.example',
      providers,
      sendCaps: unused,
      logger: createLogger('silent'),
    });
    const verificationId = id.split(':')[1] as string;
    await deliver({
      job: { workspaceId, mode: 'TEST', verificationId, stepIndex: 0, send: 1, requestId: 'r' },
      isLast: false,
      isSpent: false,
      isRepeated: false,
      signal: new AbortController().signal,
    });
    return handed[0] as OutboundMessage;
  }

  test('S11: ends with the domain and the code on a line of its own, so that the phone fills it in there', async () => {
    const { text } = await texted('shop.example');
    expect(text.split('\n').at(-1)).toBe('@shop.example #123456');
    const own = await texted('shop.example', { customMessage: '{app}: {otp}' });
    expect(own.text.split('\n').at(-1)).toBe('@shop.example #123456');
  });

  test('S11: and of one without a domain does not', async () => {
    expect((await texted(null)).text).not.toMatch(/@|#/);
  });
});
