/**
 * The lock of the embedded database. One process owns it: two PGlite instances on one directory lose committed rows
 * without a word.
 *
 * The owner listens on a socket, by which the lock finds it, for as long as it has the lock. Its number alone says nothing
 * across containers: each of them counts its own processes, and cannot see those of the others.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createWhole, makeDirectory } from './data-directory.js';
import { askSocket, COMMAND_SOCKET, listenOn, socketPath } from './local-socket.js';
import {
  draftLock,
  isSameLock,
  linkLock,
  lockPath,
  newSocketName,
  type OwnerLock,
  readLock,
  removeDraft,
  removeLock,
} from './owner-lock.js';

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
  const socket = newSocketName();
  const server = createServer((asking) => asking.destroy()).unref();
  // Before the lock is there: one whose socket does not answer yet would be taken over.
  await listenOn(socketPath(directory, socket), server);
  try {
    draftLock(directory, socket);
    if (!linkLock(directory, socket)) await takeOver(directory, socket);
  } catch (error) {
    removeDraft(directory, socket);
    server.close();
    throw error;
  }
  return { [Symbol.dispose]: () => giveUp(directory, socket, server) };
}

// The socket goes last, so that the lock is never there without it. Of another process, which was told that the lock is
// nobody's, as by an operator who deleted it, it stays.
function giveUp(directory: string, socket: string, server: Server): void {
  if (readLock(directory)?.socket === socket) removeLock(directory);
  removeDraft(directory, socket);
  server.close();
}

// Two processes may find the same stale lock, and the second could remove the lock that the first has just taken.
// Looking, removing and taking are one step behind a second lock.
async function takeOver(directory: string, socket: string): Promise<void> {
  const found = readLock(directory);
  const owner = found === undefined ? undefined : await ownerBy(directory, found);
  if (owner) throw new DirectoryInUseError(directory, owner);
  const guard = `${lockPath(directory)}.takeover`;
  const inUse = () => new DirectoryInUseError(directory, { pid: readLock(directory)?.pid ?? 0, answers: false });
  if (!createWhole(guard, String(process.pid))) throw inUse();
  try {
    const stands = readLock(directory);
    if (stands !== undefined && !isSameLock(stands, found)) throw inUse();
    // Where there is none any more, the next owner takes it without the second lock, at this moment maybe.
    if (stands !== undefined) removeStale(directory, stands);
    if (!linkLock(directory, socket)) throw inUse();
  } finally {
    rmSync(guard, { force: true });
  }
}

function removeStale(directory: string, { socket }: OwnerLock): void {
  removeLock(directory);
  rmSync(join(directory, socket ?? COMMAND_SOCKET), { force: true });
  if (socket !== undefined) removeDraft(directory, socket);
}

async function ownerBy(directory: string, { pid, socket }: OwnerLock): Promise<DirectoryOwner | undefined> {
  // A build from before listened for commands only.
  const asked = await askSocket(socketPath(directory, socket ?? COMMAND_SOCKET));
  if (asked === 'ANSWERED' || asked === 'UNSURE') return { pid, answers: true };
  // Whoever listened there has ended, and another process may have got its number since.
  if (socket !== undefined && asked === 'REFUSED') return undefined;
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
