import { describe, expect, test } from 'vitest';
import { readCustomMessage } from '../../../src/messages/custom-message.js';
import { readEmailContent, TEXT_LIMITS } from '../../../src/messages/email-content.js';
import { readText } from '../../../src/messages/text-rules.js';
import { BENIGN } from './benign-texts.js';
import { NEUTRALIZED, REFUSED } from './hostile-texts.js';

const LIMIT = 1000;
const reasonOf = (text: string, limit = LIMIT) => {
  const read = readText(text, limit);
  return 'reason' in read ? read.reason : undefined;
};
/** Invisible characters in a title would deceive its reader as well. */
const shown = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
const casesOf = (corpus: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(corpus).flatMap(([group, texts]) => texts.map((text) => [group, shown(text), text] as const));

test('the corpus has at least 300 hostile texts and 60 benign ones, each once', () => {
  const hostile = casesOf({ ...REFUSED, ...NEUTRALIZED }).map(([, , text]) => text);
  const benign = Object.values(BENIGN).flat();
  expect(hostile.length).toBeGreaterThanOrEqual(300);
  expect(benign.length).toBeGreaterThanOrEqual(60);
  expect(new Set([...hostile, ...benign]).size).toBe(hostile.length + benign.length);
});

describe('refused in every slot', () => {
  const slots = Object.entries(TEXT_LIMITS);

  test.each(casesOf(REFUSED))('%s: %s', (_, __, text) => {
    expect(reasonOf(text)).toBeDefined();
    expect(reasonOf(`Dear customer, ${text} thank you`)).toBeDefined();
    for (const [slot, limit] of slots) {
      if (Array.from(text).length > limit) continue;
      const argument = `input.content.${slot}`;
      expect(readEmailContent('input.content', { [slot]: text })).toEqual({
        faults: [{ argument, reason: expect.stringMatching(/^must /) }],
      });
    }
    expect(readCustomMessage('customMessage', `{otp} {app} ${text}`)).toHaveProperty('faults');
  });
});

describe('accepted as it is', () => {
  test.each(casesOf(BENIGN))('%s: %s', (_, __, text) => {
    expect(readText(text, LIMIT)).toEqual({ value: text.normalize('NFC') });
  });

  test.each(casesOf(NEUTRALIZED))('%s, which is escaped where it is written: %s', (_, __, text) => {
    expect(readText(text, LIMIT)).toEqual({ value: text });
  });
});

describe('a text', () => {
  test('is trimmed and composed', () => {
    expect(readText('  Cafe\u0301 \n', LIMIT)).toEqual({ value: 'Café' });
  });

  test.each(['', '   ', '\n', '\ufeff'])('of nothing is refused: %j', (text) => {
    expect(reasonOf(text)).toBe('must not be empty');
  });

  test('is measured in characters, not in units, and after trimming', () => {
    expect(reasonOf('🔑'.repeat(10), 10)).toBeUndefined();
    expect(reasonOf(` ${'a'.repeat(10)} `, 10)).toBeUndefined();
    expect(reasonOf('🔑'.repeat(11), 10)).toBe('must be at most 10 characters');
    expect(reasonOf('a'.repeat(1_000_000), 10)).toBe('must be at most 10 characters');
  });

  test('may have four digits in a row, and more with words between them', () => {
    expect(reasonOf('Since 1999')).toBeUndefined();
    expect(reasonOf('10 minutes, 24 hours, 7 days')).toBeUndefined();
    expect(reasonOf('Since 19995')).toBe('must have no more than four digits in a row');
  });

  test('names the fault in words for a developer', () => {
    expect(reasonOf('evil.com')).toBe('must have no link, domain, IP address or email address');
    expect(reasonOf('a\nb')).toBe('must be one line without control characters');
    expect(reasonOf('a\u202eb')).toBe('must have no bidirectional, zero-width or other invisible character');
    expect(reasonOf('pаypal')).toBe('must not mix alphabets that look alike in one word');
    expect(reasonOf('a\ud800')).toBe('must be well-formed Unicode');
  });

  test.each([
    ['spaces', ' '],
    ['spaced letters', 'a '],
    ['dots', '.'],
    ['letters that stand for digits', 'O'],
    ['digits and signs', '1-'],
    ['colons', 'a:'],
    ['brackets', '( '],
    ['marks', 'a\u0301'],
    ['a ligature of eighteen letters', '\ufdfa'],
    ['middle dots', 'l\u00b7'],
  ])('made to be slow to read is not: %s', (_, part) => {
    const startedAt = performance.now();
    readText(`x${part.repeat(1000)}x`.slice(0, LIMIT), LIMIT);
    expect(performance.now() - startedAt).toBeLessThan(250);
  });
});
