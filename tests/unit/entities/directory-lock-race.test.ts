/** What another process does between two looks at the lock of the embedded database. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { DirectoryInUseError, lockDirectory } from '../../../src/entities/directory-lock.js';
import { readLock } from '../../../src/entities/owner-lock.js';

vi.mock(import('../../../src/entities/owner-lock.js'), async (original) => {
  const actual = await original();
  return { ...actual, readLock: vi.fn(actual.readLock) };
});

test('race: a lock that is given up, and taken by a third process at once, is not removed by who found none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  const lockFile = join(directory, 'owner.lock');
  writeFileSync(lockFile, `${process.ppid}\n`);
  vi.mocked(readLock)
    .mockImplementationOnce(() => {
      rmSync(lockFile);
      return undefined;
    })
    .mockImplementationOnce(() => {
      writeFileSync(lockFile, '12345\n');
      return undefined;
    });
  await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
  expect(readFileSync(lockFile, 'utf8')).toBe('12345\n');
  rmSync(directory, { recursive: true });
});
