import { describe, expect, test } from 'vitest';
import type { Channel } from '../../../src/entities/verification-step.js';
import { type CodeMessageInput, renderCode } from '../../../src/messages/code-message.js';

const render = (change: Partial<CodeMessageInput>) =>
  renderCode({ channel: 'EMAIL', appName: 'Acme', code: '012345', minutes: 10, ...change });

describe('every message', () => {
  test.each<Channel>(['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'])(
    'by %s starts with the code, leading zero kept',
    (channel) => {
      const { text } = render({ channel });
      expect(text).toMatch(/^012345 is your Acme verification code\./);
      expect(text).toContain('It expires in 10 minutes.');
      expect(text).toContain('Do not share it with anyone.');
    },
  );

  test.each([
    [1, 'in 1 minute.'],
    [2, 'in 2 minutes.'],
    [60, 'in 60 minutes.'],
  ])('says how long the code is good for: %i', (minutes, words) => {
    expect(render({ minutes }).text).toContain(words);
    expect(render({ minutes }).html).toContain(words);
    expect(render({ minutes, channel: 'SMS' }).text).toContain(words);
  });
});

describe('a text message', () => {
  test('has no subject and no HTML, and fits one segment of 160 characters for a name of ordinary length', () => {
    const message = render({ channel: 'SMS', appName: 'Acme Payments Ltd' });
    expect(message).toEqual({ subject: '', text: message.text });
    expect(message.text.length).toBeLessThanOrEqual(160);
    expect(message.text).not.toContain('\n');
  });
});

describe('an email', () => {
  test('shows the code in its subject, its text and its page', () => {
    const { subject, text, html } = render({});
    for (const part of [subject, text, html]) expect(part).toContain('012345');
    expect(html).toMatch(/^<!doctype html>/);
  });

  test('HTML injection by the name of the workspace: it is escaped wherever it stands', () => {
    const appName = `<script src="//evil">'&`;
    const { html = '' } = render({ appName });
    expect(html).not.toContain('<script');
    expect(html).not.toContain(appName);
    expect(html.split('&lt;script src=&quot;//evil&quot;&gt;&#39;&amp;')).toHaveLength(3);
  });

  test('names with an ampersand are plain in the text, where nothing reads entities', () => {
    expect(render({ appName: 'Black & White' }).text).toContain('your Black & White verification');
    expect(render({ appName: 'Black & White' }).subject).not.toContain('&amp;');
  });

  test('loads nothing from outside, so that opening it tells nobody', () => {
    expect(render({}).html).not.toMatch(/src=|href=|url\(|@import/);
  });
});
