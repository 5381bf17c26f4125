/**
 * The lock of the embedded database. One process owns it: two PGlite instances on one directory lose committed rows
 * without a word.
 *
 * The lock names the process and a socket that it listens on for as long as it has the lock. The number alone says
 * nothing across containers: each of them counts its own processes, and cannot see those of the others.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createWhole, makeDirectory } from './data-directory.js';
import { askSocket, COMMAND_SOCKET, listenAt, socketPath } from './local-socket.js';

export interface DirectoryOwner {
  /** As its own container counts. */
  readonly pid: number;
  /** Whether it is known to run, also where no such process is seen from here. */
  readonly answers: boolean;
}

/** Told to the second process: who owns the directory and what to do about it. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  constructor(directory: string, { pid, answers }: DirectoryOwner) {
    super(
      `The embedded database in ${directory} belongs to process ${pid}. ` +
        'Stop that process, choose another GATEWAY_DATA_DIR, or set DATABASE_URL to share a PostgreSQL server. ' +
        // Whoever looks for it in vain would else delete the lock of a process that runs.
        (answers
          ? 'It answers: where it is not seen, it runs in another container.'
          : `If process ${pid} is something else, delete ${lockPath(directory)}.`),
    );
  }
}

const lockPath = (directory: string): string => join(directory, 'owner.lock');

/** The process that owns the directory, or undefined when nobody does. */
export async function directoryOwner(directory: string): Promise<DirectoryOwner | undefined> {
  const lock = readLock(directory);
  return lock === undefined ? undefined : await ownerBy(directory, lock);
}

/**
 * Takes the directory for this process; a lock left by a process that is gone is taken over.
 * @throws {DirectoryInUseError}
 * @throws {DirectoryUnwritableError}
 */
export async function lockDirectory(directory: string): Promise<Disposable> {
  makeDirectory(directory);
  // No longer than the name of the socket for commands: a directory whose path leaves room for that has to do.
  const name = `own-${randomBytes(3).toString('hex')}`;
  const server = createServer((asking) => asking.destroy()).unref();
  // Before the lock is there: one whose socket does not answer yet would be taken over.
  await listenAt(socketPath(directory, name), server);
  const lock = `${process.pid}\n${name}`;
  try {
    if (!createWhole(lockPath(directory), lock)) await takeOver(directory, lock);
  } catch (error) {
    server.close();
    throw error;
  }
  return { [Symbol.dispose]: () => giveUp(directory, lock, server) };
}

// The socket goes last, so that the lock is never there without it. Of another process, which was told that the lock is
// nobody's, as by an operator who deleted it, it stays.
function giveUp(directory: string, lock: string, server: Server): void {
  if (readLock(directory) === lock) rmSync(lockPath(directory), { force: true });
  server.close();
}

// Two processes may find the same stale lock, and the second could remove the lock that the first has just taken.
// Looking, removing and taking are one step behind a second lock.
async function takeOver(directory: string, lock: string): Promise<void> {
  const found = readLock(directory);
  const owner = found === undefined ? undefined : await ownerBy(directory, found);
  if (owner) throw new DirectoryInUseError(directory, owner);
  const path = lockPath(directory);
  const guard = `${path}.takeover`;
  const inUse = () => new DirectoryInUseError(directory, { pid: parse(readLock(directory) ?? '').pid, answers: false });
  if (!createWhole(guard, lock)) throw inUse();
  try {
    const stands = readLock(directory);
    if (stands !== undefined && stands !== found) throw inUse();
    if (stands !== undefined) rmSync(join(directory, parse(stands).socket), { force: true });
    rmSync(path, { force: true });
    if (!createWhole(path, lock)) throw inUse();
  } finally {
    rmSync(guard, { force: true });
  }
}

function readLock(directory: string): string | undefined {
  try {
    return readFileSync(lockPath(directory), 'utf8').trim();
  } catch (error) {
    // Somebody else's, which this user may not read, is no lock that was left behind.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Once a lock was the number alone, whose process listened for commands only. */
function parse(lock: string): { pid: number; socket: string; isNamed: boolean } {
  const [pid, socket = ''] = lock.split('\n');
  const isNamed = /^own-[0-9a-f]{6}$/.test(socket);
  return { pid: Number(pid) || 0, socket: isNamed ? socket : COMMAND_SOCKET, isNamed };
}

async function ownerBy(directory: string, lock: string): Promise<DirectoryOwner | undefined> {
  const { pid, socket, isNamed } = parse(lock);
  const asked = await askSocket(socketPath(directory, socket));
  if (asked === 'ANSWERED' || asked === 'UNSURE') return { pid, answers: true };
  // Whoever listened there has ended, and another process may have got its number since.
  if (isNamed && asked === 'REFUSED') return undefined;
  // In a container every process is number 1, its predecessor too.
  return pid !== process.pid && Number.isInteger(pid) && pid > 0 && isAlive(pid) ? { pid, answers: false } : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
