import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { seal, unseal } from '../../../src/kernel/seal.js';

const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)];
const ring = deriveKeyRing([OLD], 'instrument');
const PLACE = ['workspace', 'TEST', 'method', 'merchant'];
const TEXT = 'PI8sdf7gh – ✓';

describe('a sealed text', () => {
  test('opens where it was sealed for, whatever its length', () => {
    for (const text of [TEXT, '', 'x'.repeat(10_000)]) expect(unseal(ring, seal(ring, text, PLACE), PLACE)).toBe(text);
  });

  test('is another box every time, with a nonce of its own', () => {
    const nonces = Array.from({ length: 1_000 }, () => seal(ring, TEXT, PLACE).box.subarray(0, 12).toString('hex'));
    expect(new Set(nonces).size).toBe(1_000);
  });

  test('holds nothing of the text', () => {
    const { box } = seal(ring, TEXT, PLACE);
    for (const encoding of ['utf8', 'base64', 'hex', 'latin1'] as const)
      expect(box.toString(encoding)).not.toContain('PI8');
  });
});

describe('attack: a box', () => {
  test.each<[string, string[]]>([
    ['another workspace', ['other', 'TEST', 'method', 'merchant']],
    ['the other mode', ['workspace', 'LIVE', 'method', 'merchant']],
    ['another method', ['workspace', 'TEST', 'other', 'merchant']],
    ['another merchant', ['workspace', 'TEST', 'method', 'other']],
    ['a place whose parts are shifted', ['workspace', 'TEST', 'method","merchant']],
    ['a place that is longer', [...PLACE, '']],
    ['nowhere', []],
  ])('that is moved to %s does not open', (_, place) => {
    expect(() => unseal(ring, seal(ring, TEXT, PLACE), place)).toThrow('not where it was sealed for');
  });

  test('with one bit changed, anywhere, does not open', () => {
    const { keyId, box } = seal(ring, 'PI', PLACE);
    for (let bit = 0; bit < box.length * 8; bit += 1) {
      const changed = Buffer.from(box);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => unseal(ring, { keyId, box: changed }, PLACE)).toThrow('was changed');
    }
  });

  test('that is cut short, at any length, does not open', () => {
    const { keyId, box } = seal(ring, 'PI', PLACE);
    for (let length = 0; length < box.length; length += 1) {
      expect(() => unseal(ring, { keyId, box: box.subarray(0, length) }, PLACE)).toThrow();
    }
  });
});

describe('keys rotate', () => {
  test('the newest seals, an older one still opens, and one that was taken out does not', () => {
    const before = seal(ring, TEXT, PLACE);
    const both = deriveKeyRing([NEW, OLD], 'instrument');
    const after = seal(both, TEXT, PLACE);
    expect(unseal(both, before, PLACE)).toBe(TEXT);
    expect(after.keyId).toBe(deriveKeyRing([NEW], 'instrument').current.id);
    const newest = deriveKeyRing([NEW], 'instrument');
    expect(unseal(newest, after, PLACE)).toBe(TEXT);
    expect(() => unseal(newest, before, PLACE)).toThrow(`not configured: ${before.keyId}`);
  });

  test('a box that claims another key of the ring does not open', () => {
    const both = deriveKeyRing([NEW, OLD], 'instrument');
    expect(() => unseal(both, { ...seal(ring, TEXT, PLACE), keyId: both.current.id }, PLACE)).toThrow('was changed');
  });

  test('a box of one purpose does not open for another', () => {
    const { keyId, box } = seal(ring, TEXT, PLACE);
    const other = deriveKeyRing([OLD], 'code');
    expect(() => unseal(other, { keyId, box }, PLACE)).toThrow('not configured');
    expect(() => unseal(other, { keyId: other.current.id, box }, PLACE)).toThrow('was changed');
  });
});

test('what is thrown tells neither text nor key', () => {
  const { keyId, box } = seal(ring, TEXT, PLACE);
  const error = (() => {
    try {
      return unseal(ring, { keyId, box: Buffer.concat([box, Buffer.from('x')]) }, PLACE);
    } catch (thrown) {
      return thrown;
    }
  })() as Error;
  const told = `${error.message} ${error.stack} ${(error.cause as Error).message}`;
  for (const secret of [
    TEXT,
    OLD,
    ring.current.key.export().toString('hex'),
    createHash('sha256').update(TEXT).digest('hex'),
  ]) {
    expect(told).not.toContain(secret);
  }
});
