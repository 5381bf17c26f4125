import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type LandingPageInput, renderLandingPage } from '../../../src/messages/landing-page.js';
import { LANGUAGES } from '../../../src/messages/locale.js';
import { NEUTRALIZED } from './hostile-texts.js';

const render = (change: Partial<LandingPageInput> = {}) =>
  renderLandingPage({ locale: 'en', appName: 'Acme', action: '/l/token', state: 'ASK', ...change });

describe('the landing page', () => {
  test.each(LANGUAGES)('in %s asks, with one form, one button and no script but its own', (locale) => {
    const { html } = render({ locale });
    expect(html).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`);
    expect(html.match(/<form method="post" action="\/l\/token">/g)).toHaveLength(1);
    expect(html.match(/<button type="submit">/g)).toHaveLength(1);
    expect(html.match(/<script>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script[^>]|javascript:|\son\w+=|style="|<a |<img|<link|<input/);
  });

  test.each([
    ['CONFIRMED', 'Email address confirmed', 'You can close this page.'],
    ['FAILED', 'This link no longer works', 'It has expired or has already been used. Ask for a new one.'],
  ] as const)('that is %s says so, and has nothing left to click', (state, title, text) => {
    const { html } = render({ state });
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(`<p role="status">${text}</p>`);
    expect(html).not.toMatch(/<form|<button|<script/);
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
  const hashIn = (html: string, tag: string) => {
    const text = new RegExp(`<${tag}>([^]*)</${tag}>`).exec(html)?.[1] ?? '';
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  const END = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  test.each([undefined, '#facc15'])(
    'allows its one style and its one script by their hashes, and nothing else to load: %s',
    (primaryColor) => {
      const { html, contentPolicy } = render({ primaryColor });
      const [style, script] = [hashIn(html, 'style'), hashIn(html, 'script')];
      expect(contentPolicy).toBe(`default-src 'none'; style-src ${style}; script-src ${script}; ${END}`);
    },
  );

  test('attack: a name or a path within the script; it is one text for all pages, and so is its hash', () => {
    const script = ({ html }: { html: string }) => hashIn(html, 'script');
    const hostile = { appName: "</script><script>alert('x')</script>", action: '/l/"+alert(1)+"' };
    for (const page of [render(hostile), render({ locale: 'ar', redirectUri: 'https://a.example/done' })]) {
      expect(script(page)).toBe(script(render()));
      expect(page.html.match(/<script/g)).toHaveLength(1);
    }
  });

  test.each(['CONFIRMED', 'FAILED'] as const)('allows no script where there is nothing to click: %s', (state) => {
    const { html, contentPolicy } = render({ state });
    expect(contentPolicy).toBe(`default-src 'none'; style-src ${hashIn(html, 'style')}; ${END}`);
  });

  test.each([
    ['https://app.acme.example/done?x=1', "'self' https:"],
    ['http://localhost:3000/done', "'self' http:"],
    ['http://[::1]:3000/done', "'self' http:"],
    ['com.acme.app:/done', "'self' com.acme.app:"],
  ])('lets the click go on to %s', (redirectUri, targets) => {
    expect(render({ redirectUri }).contentPolicy).toContain(`; form-action ${targets};`);
  });
});
