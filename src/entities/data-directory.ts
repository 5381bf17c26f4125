/** The directory of the embedded database, and of what a process makes for itself where no setting names it. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Where in the directory the embedded database is, or would be made. */
export const databaseIn = (directory: string): string => join(directory, 'postgres');

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
    createWhole(path, make());
  }
  return readFileSync(path, 'utf8');
}

/**
 * Makes the directory, for its user alone, where it is not there yet.
 * @throws {DirectoryUnwritableError}
 */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
  } catch (cause) {
    throw new DirectoryUnwritableError(directory, cause);
  }
}

/**
 * Makes a file that only its user reads, with its content from the first; false where there is one.
 *
 * It is linked into place: a lock seen before its owner was written would look like nobody's, and a key would look like
 * half of one. The draft has a name of its own also among containers, where two processes have the same number.
 */
export function createWhole(path: string, content: string): boolean {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, `${content}\n`, { mode: 0o600, flag: 'wx' });
  try {
    return linkOnce(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Gives a file a second name; false where something has it. */
export function linkOnce(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
