/** What a text of a caller may hold, whichever slot it fills. */
import { hasLink } from './link-shapes.js';

export type ParsedText = { readonly value: string } | { readonly reason: string };

/**
 * Reads a text that is to stand in somebody's message: in NFC, trimmed, on one line, and saying nothing that only
 * the workspace or the gateway may say. Markup may stay: it is escaped where it is written.
 *
 * @param limit characters (code points) at most
 */
export function readText(text: string, limit: number): ParsedText {
  const line = readLine(text, limit);
  const broken = 'value' in line ? WORDS.find(([, breaks]) => breaks(line.value)) : undefined;
  return broken ? { reason: broken[0] } : line;
}

/** Reads a name that is shown and says nothing by itself: in NFC, trimmed, on one line, with nothing hidden in it. */
export function readLine(text: string, limit: number): ParsedText {
  // Before anything looks at it: composing cannot make a text shorter than a quarter.
  if (text.length > limit * 8) return { reason: tooLong(limit) };
  if (!text.isWellFormed()) return { reason: 'must be well-formed Unicode' };
  const value = text.normalize('NFC').trim();
  if (value === '') return { reason: 'must not be empty' };
  if (Array.from(value).length > limit) return { reason: tooLong(limit) };
  const broken = CHARACTERS.find(([, breaks]) => breaks(value));
  return broken ? { reason: broken[0] } : { value };
}

const tooLong = (limit: number): string => `must be at most ${limit} characters`;

type Rule = readonly [reason: string, breaks: (text: string) => boolean];

const CHARACTERS: readonly Rule[] = [
  ['must be one line without control characters', (text) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)],
  ['must have no bidirectional, zero-width or other invisible character', hasInvisible],
  ['must have no private-use or unassigned character', (text) => /[\p{Co}\p{Cn}\ufffc\ufffd]/u.test(text)],
  ['must have at most three marks on a letter', (text) => /(?:^|\s)\p{M}|\p{M}{4}/u.test(text)],
];

const WORDS: readonly Rule[] = [
  ['must have no mathematical or circled letters', (text) => /[\u{1d400}-\u{1d7ff}Ⓐ-ⓩ\u{1f110}-\u{1f189}]/u.test(text)],
  ['must not mix alphabets that look alike in one word', (text) => wordsOf(text).some(mixesAlphabets)],
  ['must have no link, domain, IP address or email address', hasLink],
  ['must have no more than four digits in a row', hasNumber],
];

// Emoji are followed by variation selector 16, and it makes keycaps out of digits.
const EMOJI_SELECTOR = /(?<=\p{ExtPict}\p{EMod}?)\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)/gu;
// Spaces that a keyboard or a typographer makes: no-break, narrow no-break, thin and ideographic.
const INVISIBLE = /[\p{Cf}\p{DI}\u2800\u{1d159}]|(?![ \u00a0\u202f\u2009\u3000])\p{Zs}/u;

function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text.replaceAll(EMOJI_SELECTOR, ''));
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{M}]+/gu) ?? [];

// Alphabets with letters that pass for each other's. Latin beside Arabic or Japanese deceives nobody.
const ALPHABETS: readonly RegExp[] = [
  /\p{sc=Latin}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Armenian}/u,
  /\p{sc=Cherokee}/u,
  /\p{sc=Coptic}/u,
  /\p{sc=Georgian}/u,
  /\p{sc=Lisu}/u,
  /\p{sc=Glagolitic}/u,
  /\p{sc=Deseret}/u,
  /\p{sc=Canadian_Aboriginal}/u,
];

function mixesAlphabets(word: string): boolean {
  return ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1;
}

// In any script, Chinese numerals included, with anything but letters in between: a number to call or a false code.
const NUMBER = /(?:[\p{N}〇零一二三四五六七八九\u{1f51f}][^\p{L}\p{N}]*){5}/u;
// "O8OO l23": letters that stand for digits beside digits.
const LETTERS_FOR_DIGITS = /(?<!\p{L})(?=[OoIl]*\p{N})[OoIl\p{N}]+(?![\p{L}\p{N}])/gu;

// As written, where a Roman numeral is a number, and in compatibility form, where a circled ten is two digits.
function hasNumber(text: string): boolean {
  return [text, text.normalize('NFKC')].some((form) =>
    NUMBER.test(form.replaceAll(LETTERS_FOR_DIGITS, (run) => run.replaceAll(/[OoIl]/g, '0'))),
  );
}
