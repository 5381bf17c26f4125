/**
 * The file that says whose the embedded database is: the number of the process alone, as builds from before read it. It is
 * one file with another, by a hard link, whose name says which socket the process listens on. So the lock has its socket
 * from the moment it is there, and that of a process which was killed can never be taken for another's: builds from before
 * leave it behind, and it stays a file of its own.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkOnce } from './data-directory.js';

/** A lock as it was found. */
export interface OwnerLock {
  /** 0 where the file holds none. */
  readonly pid: number;
  /** Undefined in one by a build from before. */
  readonly socket: string | undefined;
}

export const lockPath = (directory: string): string => join(directory, 'owner.lock');

/** No longer than the name of the socket for commands: a directory whose path leaves room for that has to do. */
export const newSocketName = (): string => `own-${randomBytes(3).toString('hex')}`;

const NAMED = /^(own-[0-9a-f]{6})\.lock$/;

const namedPath = (directory: string, socket: string): string => join(directory, `${socket}.lock`);

export function readLock(directory: string): OwnerLock | undefined {
  const file = openLock(directory);
  if (file === undefined) return undefined;
  try {
    // Of what is open: by its path it could be the next owner's already.
    const { ino } = fstatSync(file, { bigint: true });
    const pid = Number(readFileSync(file, 'utf8').trim()) || 0;
    const named = readdirSync(directory).find((name) => NAMED.test(name) && inodeOf(join(directory, name)) === ino);
    // Its owner, who removes it before its other name, has just given it up: it must not be taken for one without.
    if (named === undefined && inodeOf(lockPath(directory)) !== ino) return readLock(directory);
    return { pid, socket: named?.replace(NAMED, '$1') };
  } finally {
    closeSync(file);
  }
}

const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;

function openLock(directory: string): number | undefined {
  try {
    return openSync(lockPath(directory), 'r');
  } catch (error) {
    // Somebody else's, which this user may not read, is no lock that was left behind.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

export const isSameLock = (one: OwnerLock | undefined, other: OwnerLock | undefined): boolean =>
  one?.pid === other?.pid && one?.socket === other?.socket;

/** Writes what becomes the lock, for its user alone. */
export const draftLock = (directory: string, socket: string): void =>
  writeFileSync(namedPath(directory, socket), `${process.pid}\n`, { mode: 0o600, flag: 'wx' });

/** Makes the draft the lock; false where there is one. */
export const linkLock = (directory: string, socket: string): boolean =>
  linkOnce(namedPath(directory, socket), lockPath(directory));

export const removeLock = (directory: string): void => rmSync(lockPath(directory), { force: true });

export const removeDraft = (directory: string, socket: string): void =>
  rmSync(namedPath(directory, socket), { force: true });
