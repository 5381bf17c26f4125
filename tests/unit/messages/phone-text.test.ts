import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../../../src/messages/locale.js';
import type { CodeMessage } from '../../../src/messages/message.js';
import { phrasesOf } from '../../../src/messages/phrases.js';
import { renderMessage } from '../../../src/messages/render.js';
import { countSegments } from '../../../src/messages/segments.js';

const render = (change: Partial<CodeMessage>) =>
  renderMessage({
    kind: 'code',
    channel: 'SMS',
    locale: 'en',
    appName: 'Acme',
    code: '012345',
    minutes: 10,
    ...change,
  });

describe('a text message', () => {
  test('has code, expiry and warning in one segment, without a subject or a page', () => {
    const text = '012345 is your Acme verification code. It expires in 10 minutes. Do not share it with anyone.';
    const segments = { encoding: 'GSM-7', units: 93, segments: 1 };
    expect(render({})).toEqual({ language: 'en', senderName: 'Acme', subject: '', text, segments });
  });

  test('says nothing of minutes where the code is good for less than one', () => {
    const text = '012345 is your Acme verification code. Do not share it with anyone.';
    expect(render({ minutes: 0 }).text).toBe(text);
    expect(render({ minutes: 0, channel: 'WHATSAPP' }).text).toMatch(text);
  });

  test('ends with the line that fills the code in', () => {
    const { text } = render({ autofillDomain: 'shop.acme.example' });
    expect(text.split('\n').at(-1)).toBe('@shop.acme.example #012345');
    expect(text.split('\n')).toHaveLength(2);
  });

  const names = [
    ['one letter', 'A'],
    ['50 Latin letters', 'A'.repeat(50)],
    ['50 Polish letters', 'Ł'.repeat(50)],
    ['50 of the extension table', '€'.repeat(50)],
    ['50 emoji', '🔑'.repeat(50)],
  ] as const;
  const domains = [
    ['no domain', undefined],
    ['a domain', 'acme.example'],
    ['a domain of 30 characters', 'login.a-rather-long-name.co.uk'],
    ['the longest domain', `${'a'.repeat(63)}.`.repeat(3).concat('b'.repeat(61))],
  ] as const;
  const cases = LANGUAGES.flatMap((locale) =>
    names.flatMap(([name, appName]) =>
      domains.map(([domain, autofillDomain]) => [locale, name, domain, appName, autofillDomain] as const),
    ),
  );

  test.each(cases)(
    'in %s with a name of %s and %s is at most two segments, unless the line that fills the code in needs more',
    (locale, _, __, appName, autofillDomain) => {
      for (const code of ['0123', '012345678901']) {
        for (const minutes of [1, 2, 10, 60]) {
          const { text, segments } = render({ locale, appName, autofillDomain, code, minutes });
          const line = autofillDomain === undefined ? '' : `\n@${autofillDomain} #${code}`;
          const words = text.slice(0, text.length - line.length);
          expect(text.endsWith(line), 'the line is never left out').toBe(true);
          if ((segments?.segments ?? 0) > 2) {
            const shortest = phrasesOf(locale).text('code.short', { app: appName, code });
            expect(words).toBe(shortest);
          }
          if (line.length < 30) expect(countSegments(words).segments).toBeLessThanOrEqual(2);
          expect(text.startsWith(code)).toBe(true);
          expect(text).toContain(appName);
        }
      }
    },
  );

  test.each(LANGUAGES)('in %s keeps the line for a name of 50 letters, 12 digits and a domain of 30', (locale) => {
    for (const appName of ['A'.repeat(50), 'Ł'.repeat(50)]) {
      const autofillDomain = 'login.a-rather-long-name.co.uk';
      const { text } = render({ locale, appName, code: '012345678901', autofillDomain });
      expect(text.endsWith('\n@login.a-rather-long-name.co.uk #012345678901')).toBe(true);
    }
  });

  test.each(LANGUAGES)('in %s says all of it for a name of ordinary length', (locale) => {
    const { text } = render({ locale, appName: 'Acme Market', autofillDomain: 'acme.example' });
    expect(text).toContain('10');
    expect(text.split(/[.。] ?|\n/).filter(Boolean).length).toBeGreaterThanOrEqual(4);
  });

  test.each(LANGUAGES)('in %s has no invisible character, and the code in plain digits', (locale) => {
    const { text } = render({ locale, autofillDomain: 'acme.example' });
    expect(text).not.toMatch(/[\p{Cf}\u00a0]/u);
    expect(text.match(/012345/g)).toHaveLength(2);
  });

  test('attack: is in its own words where the workspace took a name since that makes a link of the custom message', () => {
    const customMessage = '{app}net/pay {otp}';
    expect(render({ customMessage }).text).toBe('Acmenet/pay 012345');
    expect(render({ customMessage, appName: 'Acme Inc.' }).text).toBe(render({ appName: 'Acme Inc.' }).text);
  });

  test('has the words of the caller, filled in', () => {
    const customMessage = '{app}: your code {otp}';
    expect(render({ customMessage }).text).toBe('Acme: your code 012345');
    expect(render({ customMessage, autofillDomain: 'acme.example' }).text).toBe(
      'Acme: your code 012345\n@acme.example #012345',
    );
  });

  test('S11: ends with the line however long the words of the caller are', () => {
    const customMessage = `{app}: {otp} ${'ж'.repeat(120)}`;
    const { text, segments } = render({ customMessage, appName: 'A', autofillDomain: 'acme.example' });
    expect(text.endsWith('\n@acme.example #012345')).toBe(true);
    expect(segments).toMatchObject({ encoding: 'UCS-2', segments: 3 });
  });
});

describe('a WhatsApp message', () => {
  test('has room for all words', () => {
    expect(render({ channel: 'WHATSAPP', autofillDomain: 'acme.example' })).toEqual({
      language: 'en',
      senderName: 'Acme',
      subject: '',
      text: '012345 is your Acme verification code. It expires in 10 minutes. Do not share it with anyone.\n\nIf you did not ask for it, ignore this message.',
    });
  });

  test('has the words of the caller', () => {
    const told = { customMessage: '{otp} ({app})', autofillDomain: 'acme.example' };
    expect(render({ channel: 'WHATSAPP', ...told }).text).toBe('012345 (Acme)');
  });
});

describe('a call', () => {
  test.each(LANGUAGES)('in %s reads the digits one by one, twice', (locale) => {
    const { text, language } = render({ channel: 'VOICE', locale });
    expect(text.match(/0, 1, 2, 3, 4, 5/g)).toHaveLength(2);
    expect(text).not.toContain('012345');
    expect(language).toBe(locale);
  });

  test('reads them one by one in the words of the caller, too', () => {
    expect(render({ channel: 'VOICE', customMessage: '{app} code: {otp}' }).text).toBe('Acme code: 0, 1, 2, 3, 4, 5');
  });

  test('is in the language of its locale where the words are the caller’s, although there is no catalog for it', () => {
    const told = { channel: 'VOICE', locale: 'sv-SE' } as const;
    expect(render({ ...told, customMessage: 'Din kod hos {app} är {otp}' }).language).toBe('sv');
    expect(render({ ...told, customMessage: '{app}net/pay {otp}', appName: 'Acme Inc.' }).language).toBe('en');
    expect(render(told).language).toBe('en');
  });
});

describe('a notice to the old number', () => {
  test.each(LANGUAGES)('in %s is at most two segments, whatever the name', (locale) => {
    for (const appName of ['Acme', 'A'.repeat(50), 'Ł'.repeat(50)]) {
      const { text, segments } = renderMessage({ kind: 'notice', channel: 'SMS', locale, appName });
      expect(text).toContain(appName);
      expect(segments?.segments, text).toBeLessThanOrEqual(2);
    }
  });

  test.each(LANGUAGES)('in %s says what to do for a name of ordinary length', (locale) => {
    const { text } = renderMessage({ kind: 'notice', channel: 'SMS', locale, appName: 'Acme Market' });
    expect(text).toContain(phrasesOf(locale).text('notice.advice', {}));
  });

  test('says what happened and what to do', () => {
    expect(renderMessage({ kind: 'notice', channel: 'WHATSAPP', locale: 'en', appName: 'Acme' }).text).toBe(
      'Acme: the phone number of your account was changed or removed. If this was not you, contact us right away.',
    );
  });
});
