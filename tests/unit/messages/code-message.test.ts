import { expect, test } from 'vitest';
import type { Channel } from '../../../src/entities/verification-step.js';
import { type CodeMessageInput, renderCode } from '../../../src/messages/code-message.js';

const render = (change: Partial<CodeMessageInput>) =>
  renderCode({ channel: 'EMAIL', appName: 'Acme', code: '012345', minutes: 10, ...change });

test.each<Channel>(['EMAIL', 'SMS', 'WHATSAPP'])('a code by %s comes first, leading zero kept', (channel) => {
  const { text } = render({ channel });
  expect(text).toMatch(/^012345 is your Acme verification code\./);
  expect(text).toContain('It expires in 10 minutes. Do not share it with anyone.');
});

test('a code is in English, unless there is a locale', () => {
  expect(render({ locale: 'de-AT' }).subject).toBe('012345 ist Ihr Bestätigungscode für Acme.');
  expect(render({}).subject).toBe('012345 is your Acme verification code.');
});

test('a code is nothing but subject, text and page', () => {
  expect(Object.keys(render({})).sort()).toEqual(['html', 'subject', 'text']);
  expect(Object.keys(render({ channel: 'SMS' })).sort()).toEqual(['subject', 'text']);
});
