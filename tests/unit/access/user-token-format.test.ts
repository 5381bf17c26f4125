import { describe, expect, test } from 'vitest';
import { parseUserToken } from '../../../src/access/user-token-format.js';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (header: unknown, payload: unknown) => `${encode(header)}.${encode(payload)}.AAAA`;
const claims = { iss: 'https://idp.example', aud: 'api' };

describe('a token tells', () => {
  test('its issuer and its audiences', () => {
    expect(parseUserToken(token({ alg: 'RS256' }, claims))).toEqual({ issuer: claims.iss, audiences: ['api'] });
    expect(parseUserToken(token({}, { ...claims, aud: ['a', 'b'] }))?.audiences).toEqual(['a', 'b']);
  });

  test('by its type, where it has one, that it is an access token', () => {
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT']) {
      expect(parseUserToken(token({ typ }, claims))).toBeDefined();
    }
    for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', '', 1, null]) {
      expect(parseUserToken(token({ typ }, claims))).toBeUndefined();
    }
  });
});

describe('nothing is read of', () => {
  test.each<[string, string]>([
    ['one part', 'abc'],
    ['two parts', `${encode({})}.${encode(claims)}`],
    ['an empty signature', `${encode({})}.${encode(claims)}.`],
    ['a header that is no JSON', `AAAA.${encode(claims)}.AAAA`],
    ['a header that is a list', token([], claims)],
    ['a payload that is null', token({}, null)],
    ['an issuer that is no text', token({}, { ...claims, iss: 1 })],
    ['an issuer with a NUL, which PostgreSQL cannot hold', token({}, { ...claims, iss: 'a\0' })],
    ['an issuer of 2049 characters', token({}, { ...claims, iss: 'a'.repeat(2_049) })],
    ['an audience with a NUL', token({}, { ...claims, aud: ['a\0'] })],
    ['21 audiences', token({}, { ...claims, aud: Array.from({ length: 21 }, String) })],
    ['a header that brings a key along', token({ jwk: null }, claims)],
    ['more than 8192 characters', token({}, { ...claims, x: 'x'.repeat(8_192) })],
  ])('%s', (_, text) => {
    expect(parseUserToken(text)).toBeUndefined();
  });
});
