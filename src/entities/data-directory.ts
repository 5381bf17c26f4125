/**
 * The directory of the embedded database. One process owns it: two PGlite instances on one directory lose
 * committed rows without a word.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Told to the second process: who owns the directory and what to do about it. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  constructor(
    directory: string,
    readonly owner: number,
  ) {
    super(
      `The embedded database in ${directory} belongs to process ${owner}. ` +
        'Stop that process, choose another GATEWAY_DATA_DIR, or set DATABASE_URL to share a PostgreSQL server. ' +
        `If process ${owner} is something else, delete ${lockPath(directory)}.`,
    );
  }
}

/** Told where the directory cannot be written, as in a container with a read-only root: what to set instead. */
export class DirectoryUnwritableError extends Error {
  override readonly name = 'DirectoryUnwritableError';
  constructor(directory: string, cause: unknown) {
    super(
      `The directory of the embedded database, ${directory}, cannot be written (${(cause as NodeJS.ErrnoException).code}). ` +
        'Set DATABASE_URL to use a PostgreSQL server, or GATEWAY_DATA_DIR to a directory that this user may write.',
      { cause },
    );
  }
}

const lockPath = (directory: string): string => join(directory, 'owner.lock');

/** Directories this process holds: in a container every process is number 1, its predecessor too. */
const held = new Set<string>();

/** The process that owns the directory, or undefined when nobody does. */
export function directoryOwner(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(lockPath(directory), 'utf8').trim());
    if (pid === process.pid) return held.has(directory) ? pid : undefined;
    return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch (error) {
    // Somebody else's, which this user may not read, is no lock that was left behind.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Takes the directory for this process; a lock left by a process that is gone is taken over.
 * @throws {DirectoryInUseError}
 * @throws {DirectoryUnwritableError}
 */
export function lockDirectory(directory: string): Disposable {
  makeDirectory(directory);
  if (!create(lockPath(directory), ownPid)) takeOver(directory);
  held.add(directory);
  return {
    [Symbol.dispose]: () => {
      held.delete(directory);
      rmSync(lockPath(directory), { force: true });
    },
  };
}

const SECRET_FILE = 'secret';

/** The secret kept in the directory, made on first use, so that a development database keeps its codes. */
export function generatedSecret(directory: string): string {
  return generatedFile(directory, SECRET_FILE, () => randomBytes(32).toString('base64url')).trim();
}

/** The secret kept in the directory, or undefined where none was made yet. Makes none. */
export function keptSecret(directory: string): string | undefined {
  return existsSync(join(directory, SECRET_FILE)) ? generatedSecret(directory) : undefined;
}

/** A file of the directory that only its user reads, made on first use; of several processes, one makes it. */
export function generatedFile(directory: string, name: string, make: () => string): string {
  const path = join(directory, name);
  if (!existsSync(path)) {
    makeDirectory(directory);
    create(path, make());
  }
  return readFileSync(path, 'utf8');
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
  } catch (cause) {
    throw new DirectoryUnwritableError(directory, cause);
  }
}

// Two processes may find the same stale lock, and the second could remove the lock that the first has just taken.
// Looking, removing and taking are one step behind a second lock.
function takeOver(directory: string): void {
  const lock = lockPath(directory);
  const guard = `${lock}.takeover`;
  const inUse = () => new DirectoryInUseError(directory, directoryOwner(directory) ?? 0);
  if (!create(guard, ownPid)) throw inUse();
  try {
    if (directoryOwner(directory) !== undefined) throw inUse();
    rmSync(lock, { force: true });
    if (!create(lock, ownPid)) throw inUse();
  } finally {
    rmSync(guard, { force: true });
  }
}

const ownPid = String(process.pid);

// Linked into place with its content: a lock seen before its owner was written would look like nobody's, and a key
// would look like half of one.
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${content}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
