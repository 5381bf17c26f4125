import { createTransport } from 'nodemailer';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { parseEmailContent } from '../../../src/messages/email-content.js';
import { LANGUAGES } from '../../../src/messages/locale.js';
import type { CodeMessage, LinkMessage } from '../../../src/messages/message.js';
import { phrasesOf } from '../../../src/messages/phrases.js';
import { renderMessage } from '../../../src/messages/render.js';
import { NEUTRALIZED } from './hostile-texts.js';
import { PNG, pngOf } from './pictures.js';

const URL = 'https://verify.acme.example/l/wZ3vJm9qYbW0s2C8fXn1Tg';
const code = (change: Partial<CodeMessage> = {}) =>
  renderMessage({
    kind: 'code',
    channel: 'EMAIL',
    locale: 'en',
    appName: 'Acme',
    code: '012345',
    minutes: 10,
    ...change,
  });
const link = (change: Partial<LinkMessage> = {}) =>
  renderMessage({ kind: 'link', channel: 'EMAIL', locale: 'en', appName: 'Acme', url: URL, minutes: 10, ...change });

const CONTENT = {
  subject: 'Almost there',
  senderName: 'Acme Team',
  primaryColor: '#facc15',
  headerText: 'Welcome',
  bodyText: 'Nice to have you.',
  linkText: 'It is me',
  infoText: 'Needed once.',
  footerText: 'Not you? Ignore it.',
};

describe('the email of a code', () => {
  test.each(LANGUAGES)('in %s has the code first in subject and text, and in the page', (locale) => {
    const { subject, text, html } = code({ locale });
    expect(subject).toMatch(/^012345/);
    expect(text).toMatch(/^012345/);
    expect(html).toContain('>012345</p>');
  });

  test('is complete as a text', () => {
    expect(code().text).toBe(
      [
        '012345 is your Acme verification code.',
        'Enter this code to complete your verification.',
        'The code expires in 10 minutes. Do not share it with anyone.',
        'If you did not ask for it, ignore this message.\n',
      ].join('\n\n'),
    );
  });

  test('has the words of the caller where they were given, and a subject that is theirs alone; code, expiry and warning always stay', () => {
    const { subject, senderName, text, html = '' } = code({ content: CONTENT });
    expect(subject).toBe('Almost there');
    expect(senderName).toBe('Acme Team');
    expect(text).toBe(
      [
        '012345 is your Acme verification code.',
        'Welcome',
        'Nice to have you.',
        'The code expires in 10 minutes. Do not share it with anyone.',
        'Needed once.',
        'Not you? Ignore it.\n',
      ].join('\n\n'),
    );
    for (const words of [
      'Welcome',
      'Nice to have you.',
      'Needed once.',
      'Not you? Ignore it.',
      'Do not share it with anyone.',
    ])
      expect(html).toContain(words);
    expect(html).not.toContain('It is me');
  });

  test.each(LANGUAGES)('in %s says nothing of minutes where it is good for less than one', (locale) => {
    const { text, html } = code({ locale, minutes: 0 });
    for (const words of [text, html])
      expect(words).not.toContain(phrasesOf(locale).text('code.email.expiry', { minutes: 0 }));
    expect(text).toContain(`\n\n${phrasesOf(locale).text('code.warning', {})}\n\n`);
    expect(html).toContain(`>${phrasesOf(locale).text('code.warning', {})}</p>`);
  });

  test.each([
    ['af', 'Die kode verval oor 10 minute.'],
    ['ar', 'تنتهي صلاحية الرمز بعد 10 دقائق.'],
    ['de', 'Der Code ist 10 Minuten gültig.'],
    ['es', 'El código caduca en 10 minutos.'],
    ['fr', 'Le code expire dans 10 minutes.'],
    ['it', 'Il codice scade tra 10 minuti.'],
    ['nl', 'De code is 10 minuten geldig.'],
    ['pl', 'Kod wygasa za 10 minut.'],
    ['pt', 'O código expira em 10 minutos.'],
    ['ru', 'Код действует 10 минут.'],
    ['tr', 'Kod 10 dakika geçerlidir.'],
  ])('in %s says what expires, whatever words of the caller stand before it', (locale, sentence) => {
    const { text, html } = code({ locale, content: CONTENT });
    for (const words of [text, html]) expect(words).toContain(sentence);
  });

  test('loads nothing from outside, so that opening it tells nobody', () => {
    expect(code({ content: CONTENT }).html).not.toMatch(/src=|href=|url\(|@import|<script|<form/);
  });
});

describe('the email of a link', () => {
  test('is complete as a text, the address on a line of its own', () => {
    expect(link().subject).toBe('Confirm your email address for Acme');
    expect(link().text).toBe(
      [
        'Confirm your email address for Acme',
        'Confirm that you want to use this email address with Acme.',
        `Confirm email address\n${URL}`,
        'The link expires in 10 minutes.',
        'If you did not ask for it, ignore this message.\n',
      ].join('\n\n'),
    );
  });

  test('leads to the one address, behind the button and in full', () => {
    const { html = '' } = link({ content: CONTENT });
    expect([...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).toEqual([URL, URL]);
    expect(html).toContain('>It is me</a>');
    expect(html).toContain('background-color:#facc15;color:#000000');
  });

  test('escapes its address', () => {
    expect(link({ url: 'https://a.example/?a=1&b="x"' }).html).toContain(
      'href="https://a.example/?a=1&amp;b=&quot;x&quot;"',
    );
  });

  test.each(LANGUAGES)('in %s says nothing of minutes where it is good for less than one', (locale) => {
    const { text, html } = link({ locale, minutes: 0 });
    for (const words of [text, html])
      expect(words).not.toContain(phrasesOf(locale).text('link.expiry', { minutes: 0 }));
    expect(text).toContain(`${URL}\n\n${phrasesOf(locale).text('ignore', {})}`);
  });

  test('has the subject of the caller', () => {
    expect(link({ content: CONTENT })).toMatchObject({ subject: 'Almost there', senderName: 'Acme Team' });
  });
});

describe('the notice to the old address', () => {
  test('has no words of a caller, who may be the one that it warns of', () => {
    const {
      subject,
      text,
      html = '',
    } = renderMessage({
      kind: 'notice',
      channel: 'EMAIL',
      locale: 'en',
      appName: 'Acme',
      content: CONTENT,
    });
    expect(subject).toBe('Your email address at Acme was changed or removed');
    expect(text).toContain('Messages no longer go to this address.\n\nIf this was not you, contact us right away.');
    for (const words of ['Welcome', 'Nice to have you.', 'Needed once.', 'Ignore it'])
      expect(html + text).not.toContain(words);
  });
});

describe('the page', () => {
  test.each(LANGUAGES)('in %s names its language and its direction', (locale) => {
    const direction = locale === 'ar' ? 'rtl' : 'ltr';
    for (const { html } of [code({ locale }), link({ locale })]) {
      expect(html).toMatch(/^<!doctype html>/);
      expect(html).toContain(`<html lang="${locale}" dir="${direction}">`);
      expect(html).toContain(`text-align:${direction === 'rtl' ? 'right' : 'left'}`);
    }
  });

  test('keeps the code and the address from left to right', () => {
    expect(code({ locale: 'ar' }).html).toMatch(/<p class="code" dir="ltr"[^>]*>012345</);
    expect(link({ locale: 'ar' }).html).toMatch(/<a href="[^"]*" dir="ltr"/);
  });

  test('lets the words of a caller find their own direction, and keeps the name apart from the words around it', () => {
    const { html } = code({ locale: 'ar', content: CONTENT, appName: 'Acme (UK)' });
    expect(html).toMatch(/<h1 dir="auto"[^>]*>Welcome</);
    expect(code({ locale: 'ar', appName: 'Acme (UK)' }).html).toContain('<bdi>Acme (UK)</bdi>');
  });

  test('says that it can be light and dark', () => {
    expect(code().html).toContain('<meta name="color-scheme" content="light dark">');
    expect(code().html).toContain('@media (prefers-color-scheme: dark)');
  });

  test('is far from the 102 kB after which mail clients cut', () => {
    expect(link({ content: { ...CONTENT, bodyText: '<'.repeat(1000) } }).html?.length).toBeLessThan(16_000);
  });
});

describe('words of a caller cannot act', () => {
  const hostile = Object.values(NEUTRALIZED).flat();
  const slots = ['subject', 'headerText', 'bodyText', 'linkText', 'infoText', 'footerText'] as const;
  /** How often each character that makes markup stands in a page. */
  const markupOf = (html = '') => ['<', '>', '"', "'"].map((character) => html.split(character).length - 1);
  const filled = (text: string) => parseEmailContent('c', Object.fromEntries(slots.map((slot) => [slot, text])));

  test.each(hostile)('%j: as many tags and attributes as with harmless words', (text) => {
    for (const render of [code, link]) {
      expect(markupOf(render({ content: filled(text) }).html)).toEqual(markupOf(render({ content: filled('x') }).html));
      expect(markupOf(render({ appName: text }).html)).toEqual(markupOf(render({ appName: 'x' }).html));
    }
  });

  test.each(hostile)('%j: said literally in the text', (text) => {
    const { text: words } = code({ content: filled(text), appName: text });
    expect(words).toContain(`012345 is your ${text} verification code.`);
    expect(words).toContain(`\n\n${text}\n\n`);
  });
});

describe('the logo', () => {
  const logoOf = (bytes: Buffer) => parseEmailContent('c', { logo: bytes.toString('base64') });

  test('travels beside the page, in the place of the name', () => {
    const { html, attachments } = code({ content: logoOf(PNG) });
    const part = { cid: 'logo@identity-gateway', filename: 'logo.png', contentType: 'image/png', content: PNG };
    expect(attachments).toEqual([part]);
    expect(html).toMatch(/<img class="logo" src="cid:logo@identity-gateway" width="1" height="1" alt="Acme"/);
  });

  test.each([
    [400, 120, 200, 60],
    [100, 640, 10, 64],
    [2000, 2000, 64, 64],
    [120, 40, 120, 40],
  ])('of %i by %i pixels is shown as %i by %i', (width, height, shownWidth, shownHeight) => {
    const { html } = code({ content: logoOf(pngOf(width, height)) });
    expect(html).toContain(`width="${shownWidth}" height="${shownHeight}"`);
  });

  test('is absent where there is none', () => {
    expect(code()).not.toHaveProperty('attachments');
    expect(code().html).not.toContain('<img');
  });

  test('arrives as a related part (RFC 2387), and no word of a caller as a header', async () => {
    const {
      subject,
      senderName,
      text,
      html = '',
      attachments = [],
    } = code({
      content: { ...CONTENT, ...logoOf(PNG), senderName: 'Bank "x", <y>; z' },
    });
    const sent = await createTransport({ streamTransport: true, buffer: true }).sendMail({
      from: { name: senderName, address: 'codes@acme.example' },
      to: { name: '', address: 'ada@example.com' },
      subject,
      text,
      html,
      attachments: attachments.map((part) => ({ ...part })),
    });
    const mail = await PostalMime.parse(sent.message as Buffer);
    expect(mail.from).toEqual({ name: 'Bank "x", <y>; z', address: 'codes@acme.example' });
    expect(mail.to).toEqual([{ name: '', address: 'ada@example.com' }]);
    expect(mail.subject).toBe('Almost there');
    expect(mail.attachments).toMatchObject([
      { contentId: '<logo@identity-gateway>', mimeType: 'image/png', related: true },
    ]);
    expect(String(sent.message)).toContain('multipart/related');
  });
});
