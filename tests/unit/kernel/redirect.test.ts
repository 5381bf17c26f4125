import { describe, expect, test } from 'vitest';
import { allowedRedirect, parseRedirectUri, withResult } from '../../../src/kernel/redirect.js';
import { HOSTILE, LIST, SAME } from './hostile-redirects.js';

describe('a redirect that is not on the list', () => {
  test('is tried in more than a hundred ways', () => {
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
    expect(HOSTILE.length).toBeGreaterThan(150);
  });

  test.each(HOSTILE)('is refused: %j', (text) => {
    expect(allowedRedirect(LIST, text)).toBeUndefined();
  });

  test.each(HOSTILE)('is refused by an empty list, and by one of fragments of it: %j', (text) => {
    expect(allowedRedirect([], text)).toBeUndefined();
    expect(allowedRedirect(['https://app.acme.example', 'https://', '', '*', 'https://*'], text) ?? 'none').toMatch(
      /^(none|https:\/\/app\.acme\.example)$/,
    );
  });
});

describe('a redirect that is on the list', () => {
  test.each(LIST)('is that entry: %s', (entry) => {
    expect(allowedRedirect(LIST, entry)).toBe(entry);
  });

  test.each(SAME)('is that entry, however it is spelled: %j', (text) => {
    expect(allowedRedirect(LIST, text)).toBe(LIST[0]);
  });

  test('may be an entry that is spelled otherwise', () => {
    expect(allowedRedirect(['HTTPS://Bücher.example:443'], 'https://xn--bcher-kva.example/')).toBe(
      'HTTPS://Bücher.example:443',
    );
  });
});

describe('an entry that leads nowhere safe', () => {
  test.each([
    'http://app.acme.example/verified',
    'javascript:alert(1)',
    'https://user@app.acme.example/',
    'https://app.acme.example/#x',
    'com.acme.app:/verified',
  ])('is good for nothing, even asked for as it is: %s', (entry) => {
    expect(allowedRedirect([entry], entry)).toBeUndefined();
  });

  test('attack: of more than 2,048 characters once encoded is good for nothing: no column holds its link', () => {
    const longest = `https://a.example/${'a'.repeat(2_030)}`;
    const tooLong = [`${longest}a`, `https://a.example/${'é'.repeat(700)}`].flatMap((text) => [
      text,
      new URL(text).href,
    ]);
    expect(allowedRedirect([...tooLong, longest], longest)).toBe(longest);
    for (const text of tooLong) expect(allowedRedirect(tooLong, text)).toBeUndefined();
  });

  test.each(['http://localhost/a', 'http://127.0.0.1:8080/a', 'http://[::1]/a', 'https://x.example/a'])(
    'is none of these: %s',
    (entry) => expect(parseRedirectUri(entry)).toBe(entry),
  );
});

describe('the result', () => {
  test.each([
    ['https://a.example', true, 'https://a.example/?result=true'],
    ['https://a.example/x', false, 'https://a.example/x?result=false'],
    ['https://a.example/x?y=1', true, 'https://a.example/x?y=1&result=true'],
    ['https://a.example/x?y=%20+z&&q', true, 'https://a.example/x?y=%20+z&q&result=true'],
    ['https://a.example/x?result=true', false, 'https://a.example/x?result=false'],
    ['https://a.example/x?result=true&a=b&result', false, 'https://a.example/x?a=b&result=false'],
    ['https://a.example/x?%72esult=true&Result=1', false, 'https://a.example/x?Result=1&result=false'],
    ['https://a.example/x?results=1&resul=2', true, 'https://a.example/x?results=1&resul=2&result=true'],
  ])('is the only one: %s %s', (uri, result, expected) => {
    expect(withResult(uri, result)).toBe(expected);
    expect(new URL(expected).searchParams.getAll('result')).toEqual([String(result)]);
  });
});
