import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DirectoryInUseError,
  directoryOwner,
  generatedSecret,
  lockDirectory,
} from '../../../src/entities/data-directory.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const leave = (pid: number) => writeFileSync(join(directory, 'owner.lock'), `${pid}\n`);
/** The id of a process that has ended. */
const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('the embedded database has one owner', () => {
  test('a second lock is refused with the owner and what to do about it', () => {
    using _lock = lockDirectory(directory);
    expect(directoryOwner(directory)).toBe(process.pid);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
    expect(() => lockDirectory(directory)).toThrow(new RegExp(`process ${process.pid}.*DATABASE_URL.*owner\\.lock`));
  });

  test('a directory of another living process is left to it', () => {
    leave(process.ppid);
    expect(directoryOwner(directory)).toBe(process.ppid);
    expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
    expect(readFileSync(join(directory, 'owner.lock'), 'utf8')).toBe(`${process.ppid}\n`);
  });

  test.each([
    ['of a process that is gone', deadProcess],
    ['of a former process with this one’s number, as in a container', () => process.pid],
    ['that holds no number', () => Number.NaN],
    ['that names a process group', () => -1],
  ])('a lock %s is taken over', (_, pidOf) => {
    leave(pidOf());
    expect(directoryOwner(directory)).toBeUndefined();
    using _lock = lockDirectory(directory);
    expect(directoryOwner(directory)).toBe(process.pid);
  });

  test('a lock that cannot be read, as another user’s, is nobody’s to take over', () => {
    mkdirSync(join(directory, 'owner.lock'));
    expect(() => directoryOwner(directory)).toThrow('EISDIR');
    expect(() => lockDirectory(directory)).toThrow('EISDIR');
    expect(existsSync(join(directory, 'owner.lock'))).toBe(true);
  });

  test('a directory that cannot be made is refused with the settings that help, not with a bare system error', () => {
    leave(0);
    const below = join(directory, 'owner.lock', 'gateway');
    expect(() => lockDirectory(below)).toThrow(
      /gateway, cannot be written \(ENOTDIR\).*DATABASE_URL.*GATEWAY_DATA_DIR/,
    );
    expect(() => generatedSecret(below)).toThrow(/GATEWAY_DATA_DIR/);
  });

  test('a lock that was given up can be taken again', () => {
    for (let round = 0; round < 3; round += 1) {
      using _lock = lockDirectory(directory);
      expect(directoryOwner(directory)).toBe(process.pid);
    }
    expect(directoryOwner(directory)).toBeUndefined();
  });
});

describe('the generated secret', () => {
  test('is made once, long enough, and readable by its user only', () => {
    const secret = generatedSecret(directory);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(generatedSecret(directory)).toBe(secret);
    expect(statSync(join(directory, 'secret')).mode & 0o777).toBe(0o600);
  });

  test('of two directories differs', () => {
    expect(generatedSecret(directory)).not.toBe(generatedSecret(join(directory, 'another')));
  });
});
