import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generatedSecret } from '../../../src/entities/data-directory.js';
import { DirectoryInUseError, directoryOwner, lockDirectory } from '../../../src/entities/directory-lock.js';

let directory = '';
let lockFile = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  lockFile = join(directory, 'owner.lock');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A lock that a process leaves behind which was killed; without a socket it is one of a build from before. */
function leave(pid: number, socket?: string): void {
  writeFileSync(lockFile, `${pid}\n`);
  if (socket !== undefined) linkSync(lockFile, join(directory, `${socket}.lock`));
}
/** The id of a process that has ended. */
const deadProcess = () => spawnSync(process.execPath, ['-e', '']).pid;
/** The numbers that a process of another container may have here. */
const UNSEEN = [
  ['that is nobody’s here', deadProcess],
  ['that is this process’s own here, as 1 is in every container', () => process.pid],
] as const;
const ownPid = { pid: process.pid, answers: true };

/** A socket such as a process leaves behind that was killed. */
async function leaveSocket(name: string): Promise<void> {
  const listen = `require('node:net').createServer().listen(${JSON.stringify(join(directory, name))}, () => console.log('listening'))`;
  const killed = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'close');
  expect(existsSync(join(directory, name))).toBe(true);
}

describe('the embedded database has one owner', () => {
  test('a second lock is refused with the owner and what to do about it', async () => {
    using _lock = await lockDirectory(directory);
    expect(await directoryOwner(directory)).toEqual(ownPid);
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
    await expect(lockDirectory(directory)).rejects.toThrow(new RegExp(`process ${process.pid}.*DATABASE_URL`));
  });

  test('a directory of another living process is left to it', async () => {
    leave(process.ppid);
    expect(await directoryOwner(directory)).toEqual({ pid: process.ppid, answers: false });
    await expect(lockDirectory(directory)).rejects.toThrow(
      new RegExp(`process ${process.ppid}.*delete .*owner\\.lock`),
    );
    expect(readFileSync(lockFile, 'utf8')).toBe(`${process.ppid}\n`);
    expect(readdirSync(directory)).toEqual(['owner.lock']);
  });

  test.each(UNSEEN)('race: it is left to a process of another container, with a number %s', async (_, pidOf) => {
    using _lock = await lockDirectory(directory);
    const pid = pidOf();
    leave(pid);
    expect(await directoryOwner(directory)).toEqual({ pid, answers: true });
    // Who is told to delete the lock where no such process is found would have two owners.
    await expect(lockDirectory(directory)).rejects.toThrow(/ runs in another container\.$/);
    expect(readFileSync(lockFile, 'utf8')).toBe(`${pid}\n`);
  });

  test.each(UNSEEN)('race: also to one that wrote its number alone and takes commands, %s', async (_, pidOf) => {
    const server = createServer((asking) => asking.destroy());
    await once(server.listen(join(directory, 'owner.sock')), 'listening');
    leave(pidOf());
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
    server.close();
  });

  test.each([
    ['of a process that is gone', deadProcess],
    ['of a former process with this one’s number, as in a container', () => process.pid],
    ['that holds no number', () => Number.NaN],
    ['that names a process group', () => -1],
  ])('a lock %s is taken over', async (_, pidOf) => {
    await leaveSocket('owner.sock');
    leave(pidOf());
    expect(await directoryOwner(directory)).toBeUndefined();
    using _lock = await lockDirectory(directory);
    expect(await directoryOwner(directory)).toEqual(ownPid);
  });

  test('a lock of a process that was killed is taken over, its number being another’s now or not, by one of many', async () => {
    await leaveSocket('own-00beef');
    leave(process.ppid, 'own-00beef');
    expect(await directoryOwner(directory)).toBeUndefined();
    const locks = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
    const [lock, ...more] = locks.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(more).toEqual([]);
    expect(await directoryOwner(directory)).toEqual(ownPid);
    const [socket] = readdirSync(directory).sort();
    expect(socket).toMatch(/^own-(?!00beef)[0-9a-f]{6}$/);
    expect(readdirSync(directory).sort()).toEqual([socket, `${socket}.lock`, 'owner.lock']);
    lock?.[Symbol.dispose]();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('a build from before, which reads the whole lock as a number, finds the owner, as in a rollback beside it', async () => {
    using _lock = await lockDirectory(directory);
    const pid = Number(readFileSync(lockFile, 'utf8').trim());
    expect(pid).toBe(process.pid);
    expect(process.kill(pid, 0)).toBe(true);
  });

  test('race: the lock of such a build is not judged by the socket that a killed process has left beside it', async () => {
    await leaveSocket('own-00beef');
    leave(deadProcess(), 'own-00beef');
    // It takes the lock over, and knows of no other name.
    rmSync(lockFile);
    leave(process.ppid);
    expect(await directoryOwner(directory)).toEqual({ pid: process.ppid, answers: false });
    await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
  });

  test('whoever gives up a lock that has become another’s leaves it there', async () => {
    const lock = await lockDirectory(directory);
    rmSync(lockFile);
    using _other = await lockDirectory(directory);
    lock[Symbol.dispose]();
    expect(await directoryOwner(directory)).toEqual(ownPid);
  });

  test('a lock that cannot be read, as another user’s, is nobody’s to take over', async () => {
    mkdirSync(lockFile);
    await expect(directoryOwner(directory)).rejects.toThrow('EISDIR');
    await expect(lockDirectory(directory)).rejects.toThrow('EISDIR');
    expect(readdirSync(directory)).toEqual(['owner.lock']);
  });

  test('a directory that cannot be made is refused with the settings that help, not with a bare system error', async () => {
    leave(0);
    const below = join(lockFile, 'gateway');
    const refusal = /gateway, cannot be written \(ENOTDIR\).*DATABASE_URL.*GATEWAY_DATA_DIR/;
    await expect(lockDirectory(below)).rejects.toThrow(refusal);
    expect(() => generatedSecret(below)).toThrow(/GATEWAY_DATA_DIR/);
  });

  test('a lock that was given up can be taken again', async () => {
    for (let round = 0; round < 3; round += 1) {
      using _lock = await lockDirectory(directory);
      expect(await directoryOwner(directory)).toEqual(ownPid);
    }
    expect(await directoryOwner(directory)).toBeUndefined();
  });
});
