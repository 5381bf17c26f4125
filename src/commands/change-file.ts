/** Changes a file that holds secrets, so that whoever reads it meanwhile finds the old one or the new one, whole. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** What may be left of a file's mode: its user reads and writes it, and nobody else. */
const WIDEST_MODE = 0o600;

export interface ChangedFile {
  /** Its permissions, as in `chmod`. */
  readonly mode: number;
  /** What they were before, where others could reach it. */
  readonly narrowedFrom: number | undefined;
}

/**
 * Writes a new file beside the old one and puts it in its place. Its mode is the old one's, without what others may do.
 * @param change given what is in the file, says what will be
 * @throws {Error} where the file is not there, is being changed, or cannot be: then nothing was changed
 */
export async function changeFile(path: string, change: (text: string) => Promise<string>): Promise<ChangedFile> {
  // Through a link: the rename would put a file in the place of the link, and leave what it leads to as it was.
  const place = realPath(path);
  const before = statSync(place);
  const mode = before.mode & 0o777;
  const draft = `${place}.new`;
  const file = openDraft(path, draft);
  try {
    // Read once the draft is taken, so that of two commands the second does not undo the first.
    const text = await change(readFileSync(place, 'utf8'));
    fchmodSync(file, mode & WIDEST_MODE);
    keepOwner(path, file, before);
    writeFileSync(file, text);
    fsyncSync(file);
    renameSync(draft, place);
  } catch (error) {
    // Not behind the rename: what has the draft's name then is another command's.
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(place));
  return { mode: mode & WIDEST_MODE, narrowedFrom: (mode & ~WIDEST_MODE) === 0 ? undefined : mode };
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new Error(`${path} cannot be read (${codeOf(error)}).`, { cause: error });
  }
}

// Nobody else's file is written into, nor a link followed that somebody put there: it must not be there yet.
function openDraft(path: string, draft: string): number {
  try {
    return openSync(draft, 'wx', WIDEST_MODE);
  } catch (error) {
    throw new Error(
      codeOf(error) === 'EEXIST'
        ? `${draft} is there: another command is changing ${path}, or one was ended while it did. Where none runs, delete it.`
        : `${path} cannot be changed where it is (${codeOf(error)}). Where it is mounted from a secret store, run the command with --file on a copy, and put that into the store.`,
      { cause: error },
    );
  }
}

/** Processes run as the user whose file it was: a file of root's would be closed to them at the next start. */
function keepOwner(path: string, file: number, { uid, gid }: Stats): void {
  if (fstatSync(file).uid === uid) return;
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    throw new Error(`${path} belongs to another user (${codeOf(error)}): run the command as that user.`, {
      cause: error,
    });
  }
}

// The new name too outlives a loss of power. Windows opens no directory.
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const opened = openSync(directory, 'r');
  fsyncSync(opened);
  closeSync(opened);
}
