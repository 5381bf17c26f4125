import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { type LinkSubject, linkToken, readLinkToken } from '../../../src/kernel/link-token.js';

const NEW = 'n'.repeat(32);
const OLD = 'o'.repeat(32);
const ring = deriveKeyRing([NEW], 'link');
const subject: LinkSubject = { workspaceId: newId(), mode: 'LIVE', verificationId: newId() };
const token = linkToken(ring.current, subject);

describe('the token of a link', () => {
  test('is 92 characters that stand in a path as they are, and the same every time', () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{92}$/);
    expect(linkToken(ring.current, subject)).toBe(token);
  });

  test.each(['TEST', 'LIVE'] as const)('says for which verification of which world it is: %s', (mode) => {
    expect(readLinkToken(ring, linkToken(ring.current, { ...subject, mode }))).toEqual({
      ...subject,
      mode,
      keyId: ring.current.id,
    });
  });

  test.each([
    ['TEST', 0],
    ['LIVE', 1],
  ] as const)('names %s by the byte that links of earlier versions have, which are in mailboxes', (mode, byte) => {
    expect(Buffer.from(linkToken(ring.current, { ...subject, mode }), 'base64url').readUInt8(20)).toBe(byte);
  });

  test('differs wholly from that of the next verification', () => {
    const next = linkToken(ring.current, { ...subject, verificationId: newId() });
    expect(next.slice(-42)).not.toBe(token.slice(-42));
  });

  test('is read after a newer secret came, and no longer once its own is gone', () => {
    const { current } = deriveKeyRing([OLD], 'link');
    const old = linkToken(current, subject);
    expect(readLinkToken(deriveKeyRing([NEW, OLD], 'link'), old)).toEqual({ ...subject, keyId: current.id });
    expect(readLinkToken(deriveKeyRing([NEW], 'link'), old)).toBeUndefined();
  });
});

describe('forged: nothing is read from', () => {
  test('a token with any one of its 552 bits turned', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(readLinkToken(ring, forged.toString('base64url')), `bit ${bit}`).toBeUndefined();
    }
  });

  test('a token made with the key of codes, which somebody else may have', () => {
    const codes = deriveKeyRing([NEW], 'code').current;
    expect(readLinkToken(ring, linkToken(codes, subject))).toBeUndefined();
    expect(readLinkToken(ring, linkToken({ id: ring.current.id, key: codes.key }, subject))).toBeUndefined();
  });

  test('a token made with a guessed key, named as the right one', () => {
    for (const key of [Buffer.alloc(0), Buffer.alloc(32), Buffer.from(NEW)].map((bytes) => createSecretKey(bytes))) {
      expect(readLinkToken(ring, linkToken({ id: ring.current.id, key }, subject))).toBeUndefined();
    }
  });

  test.each([
    ['nothing', ''],
    ['a part', token.slice(0, -1)],
    ['more', `${token}A`],
    ['padding', `${token}==`],
    ['a space before it', ` ${token}`],
    ['a line break after it', `${token}\n`],
    ['the other alphabet', Buffer.from(token, 'base64url').toString('base64').replace(/^./, '+')],
    ['hexadecimal', Buffer.from(token, 'base64url').toString('hex')],
    ['a long text', 'A'.repeat(100_000)],
    ['zeros', 'A'.repeat(92)],
  ])('%s', (_, text) => {
    expect(readLinkToken(ring, text)).toBeUndefined();
  });
});
