import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generatedSecret } from '../../../src/entities/data-directory.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the generated secret', () => {
  test('is made once, long enough, and readable by its user only', () => {
    const secret = generatedSecret(directory);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(generatedSecret(directory)).toBe(secret);
    expect(statSync(join(directory, 'secret')).mode & 0o777).toBe(0o600);
  });

  test('race: is not written into the draft of another container, whose process has the same number', () => {
    const draft = join(directory, `secret.${process.pid}`);
    writeFileSync(draft, 'another’s');
    expect(generatedSecret(directory)).not.toBe('another’s');
    expect(readFileSync(draft, 'utf8')).toBe('another’s');
  });

  test('of two directories differs', () => {
    expect(generatedSecret(directory)).not.toBe(generatedSecret(join(directory, 'another')));
  });
});
