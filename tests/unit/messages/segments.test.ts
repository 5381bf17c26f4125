import { describe, expect, test } from 'vitest';
import { countSegments } from '../../../src/messages/segments.js';

describe('the alphabet', () => {
  test.each([
    ['plain letters', 'Hello', 'GSM-7', 5],
    ['nothing', '', 'GSM-7', 0],
    ['lines', 'a\nb\rc', 'GSM-7', 5],
    ['accents of the basic table', 'èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà¿¡§£¥¤@', 'GSM-7', 30],
    ['Greek capitals of the basic table', 'ΔΦΓΛΩΠΨΣΘΞ', 'GSM-7', 10],
    ['the extension table, two septets each', '^{}\\[~]|€\f', 'GSM-7', 20],
    ['a small c with cedilla, which has no place', 'ça', 'UCS-2', 2],
    ['a typographic apostrophe', 'it’s', 'UCS-2', 4],
    ['a no-break space', 'a\u00a0b', 'UCS-2', 3],
    ['a backtick', '`', 'UCS-2', 1],
    ['a tab', '\t', 'UCS-2', 1],
    ['Greek that is no such capital', 'Α', 'UCS-2', 1],
    ['Polish', 'ą', 'UCS-2', 1],
    ['Cyrillic', 'код', 'UCS-2', 3],
    ['Arabic', 'رمز', 'UCS-2', 3],
    ['an emoji, two units', '🔑', 'UCS-2', 2],
  ] as const)('of %s', (_, text, encoding, units) => {
    expect(countSegments(text)).toEqual({ encoding, units, segments: 1 });
  });
});

describe('the segments', () => {
  test.each([
    ['a', 160, 1],
    ['a', 161, 2],
    ['a', 306, 2],
    ['a', 307, 3],
    ['€', 80, 1],
    ['€', 81, 2],
    ['ж', 70, 1],
    ['ж', 71, 2],
    ['ж', 134, 2],
    ['ж', 135, 3],
    ['🔑', 35, 1],
    ['🔑', 36, 2],
    ['🔑', 66, 2],
  ])('of %s times %i are %i', (character, times, segments) => {
    expect(countSegments(character.repeat(times)).segments).toBe(segments);
  });

  test('an escape is not cut from its character: 76 pairs fill 152 of 153 septets', () => {
    expect(countSegments('€'.repeat(152)).segments).toBe(2);
    expect(countSegments('€'.repeat(153)).segments).toBe(3);
  });

  test('a surrogate pair is not cut: 33 pairs fill 66 of 67 units', () => {
    expect(countSegments('🔑'.repeat(67)).segments).toBe(3);
    expect(countSegments(`ж${'🔑'.repeat(66)}`).segments).toBe(2);
  });
});
