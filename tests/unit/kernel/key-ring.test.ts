import { hkdfSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';

const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)];

test('the newest secret makes new codes, and the older ones are still found', () => {
  const before = deriveKeyRing([OLD], 'code');
  const after = deriveKeyRing([NEW, OLD], 'code');
  expect(after.current).toEqual(deriveKeyRing([NEW], 'code').current);
  expect(after.find(before.current.id)).toEqual(before.current);
  expect(after.find(after.current.id)).toEqual(after.current);
});

test('a key whose secret was taken out is not found, rather than replaced by another', () => {
  const gone = deriveKeyRing([OLD], 'code').current.id;
  expect(deriveKeyRing([NEW], 'code').find(gone)).toBeUndefined();
});

test('the keys of two purposes differ, so a limit key can never make a code', () => {
  const code = deriveKeyRing([NEW], 'code').current;
  const limit = deriveKeyRing([NEW], 'limit').current;
  expect(code.key.equals(limit.key)).toBe(false);
  expect(code.id).not.toBe(limit.id);
});

test('a key is HKDF-SHA-256 of the secret, so that every release and process derives the same', () => {
  const expected = Buffer.from(hkdfSync('sha256', NEW, '', 'identity-gateway/code', 32));
  expect(deriveKeyRing([NEW], 'code').current.key.export()).toEqual(expected);
  expect(deriveKeyRing([NEW], 'code').current.key.symmetricKeySize).toBe(32);
});

test('the id in a row fits its column and says nothing of the key or the secret', () => {
  const { id, key } = deriveKeyRing([NEW], 'code').current;
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(key.export().toString('hex')).not.toContain(id);
  expect(Buffer.from(NEW).toString('hex')).not.toContain(id);
});

test('a ring without a secret is refused', () => {
  expect(() => deriveKeyRing([], 'code')).toThrow(TypeError);
});
