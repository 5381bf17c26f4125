/** Emails and the page of a link as Chromium shows them: in both directions, light and dark, on a desk and on a phone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmailContentText, parseEmailContent } from '../../src/messages/email-content.js';
import { renderLandingPage } from '../../src/messages/landing-page.js';
import type { MessageInput } from '../../src/messages/message.js';
import { renderMessage } from '../../src/messages/render.js';
import { openBrowser, seriousFaults, type TestBrowser } from '../support/browser.js';
import { PNG } from '../unit/messages/pictures.js';

const URL_OF_LINK = `https://verify.acme.example/l/${'AbCdEfGhIj0123456789_-'.repeat(4)}`;
const WORD = 'Donaudampfschifffahrtsgesellschaftskapitänswitwen';

const CONTENT: Readonly<Record<string, EmailContentText>> = {
  plain: {},
  branded: {
    primaryColor: '#facc15',
    logo: PNG.toString('base64'),
    subject: 'Welcome',
    headerText: 'Welcome to the market',
    bodyText: 'You are nearly done.',
    linkText: 'This is my address',
    infoText: 'Points are credited within two days.',
    footerText: 'Acme, Tromsø',
  },
  'in a color of the dark page': { primaryColor: '#27272a' },
  'of long words': {
    headerText: `${WORD}${WORD}`,
    bodyText: `${WORD}${WORD}${WORD}`,
    linkText: WORD,
    footerText: WORD,
  },
};

function messagesOf(locale: string, content: EmailContentText, appName: string): string[] {
  const told = { channel: 'EMAIL', locale, appName, content: parseEmailContent('content', content) } as const;
  const messages: MessageInput[] = [
    { kind: 'code', code: '123456789012', minutes: 10, ...told },
    { kind: 'link', url: URL_OF_LINK, minutes: 10, ...told },
    { kind: 'notice', ...told },
  ];
  return messages.map((message) => renderMessage(message).html as string);
}

function pagesOf(locale: string, { primaryColor }: EmailContentText, appName: string): string[] {
  const states = ['ASK', 'CONFIRMED', 'FAILED'] as const;
  const color = primaryColor ?? undefined;
  return states.map((state) => renderLandingPage({ locale, appName, action: '/l/x', state, primaryColor: color }).html);
}

describe.each(['light', 'dark'] as const)('S3: S8: S2: in %s', (colorScheme) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser({ colorScheme });
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test.each(Object.keys(CONTENT))(
    'every message and page, %s, has enough contrast, fits a phone of 320 pixels, and loads nothing',
    async (look) => {
      const content = CONTENT[look] as EmailContentText;
      const appName = look === 'of long words' ? WORD.slice(0, 50) : 'Acme Market';
      const page = await browser.page();
      for (const locale of ['en', 'ar']) {
        for (const markup of [...messagesOf(locale, content, appName), ...pagesOf(locale, content, appName)]) {
          await page.setContent(markup);
          await page.setViewportSize({ width: 1024, height: 700 });
          expect(await seriousFaults(page), markup).toEqual([]);
          await page.setViewportSize({ width: 320, height: 700 });
          expect(await page.evaluate('document.documentElement.scrollWidth'), markup).toBe(320);
          const direction = await page.evaluate(
            'getComputedStyle(document.querySelector("h1").parentElement).direction',
          );
          expect(direction).toBe(locale === 'ar' ? 'rtl' : 'ltr');
        }
      }
      await page.close();
      expect(browser.outside).toEqual([]);
    },
  );
});
