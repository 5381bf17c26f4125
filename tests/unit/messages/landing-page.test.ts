import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type LandingPageInput, renderLandingPage } from '../../../src/messages/landing-page.js';
import { LANGUAGES } from '../../../src/messages/locale.js';
import { NEUTRALIZED } from './hostile-texts.js';

const render = (change: Partial<LandingPageInput> = {}) =>
  renderLandingPage({ locale: 'en', appName: 'Acme', action: '/l/token', state: 'ASK', ...change });

describe('the landing page', () => {
  test.each(LANGUAGES)('in %s asks, with one form, one button and no script', (locale) => {
    const { html } = render({ locale });
    expect(html).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`);
    expect(html.match(/<form method="post" action="\/l\/token">/g)).toHaveLength(1);
    expect(html.match(/<button type="submit">/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|style="|<a |<img|<link|<input/);
  });

  test.each([
    ['CONFIRMED', 'Email address confirmed', 'You can close this page.'],
    ['FAILED', 'This link no longer works', 'It has expired or has already been used. Ask for a new one.'],
  ] as const)('that is %s says so, and has nothing left to click', (state, title, text) => {
    const { html } = render({ state });
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(`<p role="status">${text}</p>`);
    expect(html).not.toMatch(/<form|<button/);
  });

  test.each(Object.values(NEUTRALIZED).flat())('escapes the name: %j', (appName) => {
    const count = (html: string) => ['<', '>', '"'].map((character) => html.split(character).length);
    expect(count(render({ appName }).html)).toEqual(count(render({ appName: 'x' }).html));
  });

  test('has the color of the workspace, if it is one', () => {
    expect(render({ primaryColor: '#facc15' }).html).toContain('background: #facc15; color: #000000;');
    expect(render({ primaryColor: 'red}</style><script>' }).html).toBe(render().html);
  });
});

describe('its content policy', () => {
  test.each([undefined, '#facc15'])(
    'allows its one style by its hash, and nothing else to load: %s',
    (primaryColor) => {
      const { html, contentPolicy } = render({ primaryColor });
      const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect(contentPolicy).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      );
    },
  );

  test.each([
    ['https://app.acme.example/done?x=1', "'self' https:"],
    ['http://localhost:3000/done', "'self' http:"],
    ['http://[::1]:3000/done', "'self' http:"],
    ['com.acme.app:/done', "'self' com.acme.app:"],
  ])('lets the click go on to %s', (redirectUri, targets) => {
    expect(render({ redirectUri }).contentPolicy).toContain(`; form-action ${targets};`);
  });
});
