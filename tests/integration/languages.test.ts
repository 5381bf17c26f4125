/** Every channel in every language, as a live gateway hands it over; and which language that is where nobody says. */
import { afterAll, describe, expect, test } from 'vitest';
import { renderMessage } from '../../src/messages/render.js';
import { startGateway } from '../support/harness.js';
import { startMailbox } from '../support/mailbox.js';
import { email, sms, startSteps } from '../support/stepped.js';
import { twilioSettings } from '../support/vendors/settings.js';
import { startTwilio } from '../support/vendors/twilio.js';
import { waitFor } from '../support/wait-for.js';

const LANGUAGES = ['af', 'ar', 'de', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt', 'ru', 'tr'];
const sidOf = (language: string) => `HX${Buffer.from(language).toString('hex').padEnd(32, '0')}`;

const mailbox = await startMailbox();
const twilio = await startTwilio();
const gateway = await startGateway({
  env: {
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'codes@gateway.example',
    ...twilioSettings(twilio.url),
    TWILIO_WHATSAPP_CONTENT: LANGUAGES.map((language) => `${language}:${sidOf(language)}`).join(','),
    PROVIDER_VOICE: 'twilio-messaging',
  },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await twilio[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

test.each(LANGUAGES)('S8: in %s a code is sent by email, text message, WhatsApp and voice', async (locale) => {
  const { live } = await gateway.workspace();
  const to = `+336123450${String(LANGUAGES.indexOf(locale)).padStart(2, '0')}`;
  const address = `reader-${locale}@example.com`;
  const steps = [email(address), sms(to), { channel: 'WHATSAPP', to }, { channel: 'VOICE', to }];
  // Ten minutes and whatever the four messages take: what is told is rounded down.
  const terms = { locale, timeoutSeconds: 659 };
  const { failOver, stepsAre, confirm } = await startSteps(live, gateway.sql, steps, terms);
  for (let sent = 1; sent <= steps.length; sent += 1) {
    await stepsAre(...steps.map((_, index) => (index < sent ? 'SENT' : 'PENDING')));
    if (sent < steps.length) await failOver();
  }
  const told = { kind: 'code', locale, appName: 'Acme Market', minutes: 10 } as const;

  const mail = await waitFor('the mail', () => mailbox.mailsTo(address)[0]);
  const written = renderMessage({ ...told, channel: 'EMAIL', code: /^\d{6}/.exec(mail.email.text ?? '')?.[0] ?? '' });
  expect(mail.email.subject).toBe(written.subject);
  expect(mail.email.text?.trim()).toBe(written.text.trim());
  expect(mail.email.html).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`);

  const own = <Form extends { form: Readonly<Record<string, string>> }>(list: readonly Form[]) =>
    list.filter(({ form }) => form['To']?.endsWith(to)).map(({ form }) => form);
  const [text, template] = own(twilio.messages);
  const code = /\d{6}/.exec(text?.['Body'] ?? '')?.[0] ?? '';
  expect(text?.['Body']).toBe(renderMessage({ ...told, channel: 'SMS', code }).text);
  expect(template).toMatchObject({ ContentSid: sidOf(locale), ContentVariables: expect.stringContaining(code) });
  const [call] = own(twilio.calls);
  const spoken = renderMessage({ ...told, channel: 'VOICE', code }).text;
  expect(call?.['Twiml']).toContain(spoken.split(code[0] as string)[0]);
  expect(await confirm(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
});

describe('S8: the language of a message to a phone', () => {
  test.each([
    ['the argument', { locale: 'it' }, { locale: 'nl' }, '+33612345678', 'nl'],
    ['else the customer', { locale: 'it' }, {}, '+33612345678', 'it'],
    ['else the country of the number', {}, {}, '+33612345678', 'fr-FR'],
    ['else the country of the number', {}, {}, '+5511961234567', 'pt-BR'],
  ])('is that of %s', async (_, customer, input, phone, locale) => {
    const { id, test: caller } = await gateway.workspace();
    await gateway.sql(`update workspace set eligible_countries = '{FR,BR}' where id = $1`, [id]);
    const { id: customerId } = await caller.createCustomer({ phone, ...customer });
    expect((await caller.sendPhone(customerId, input)).locale).toBe(locale);
  });

  test('is that of the first number where an email is tried before it', async () => {
    const { id, test: caller } = await gateway.workspace();
    await gateway.sql(`update workspace set eligible_countries = '{FR}' where id = $1`, [id]);
    const { verificationId } = await startSteps(caller, gateway.sql, [email('ada@example.com'), sms('+33612345678')]);
    const answer = await caller.query('query ($id: ID!) { verification(id: $id) { locale } }', { id: verificationId });
    expect(answer.body.data).toEqual({ verification: { locale: 'fr-FR' } });
  });
});
