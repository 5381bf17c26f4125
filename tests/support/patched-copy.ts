/** A copy of the program with patches: what another version of it would be, as the source has to tell it. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Edit {
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface PatchedCopy extends Disposable {
  /** Where it is, until it is disposed of. */
  readonly root: string;
  /** Runs a program of Node's in it. */
  run(args: readonly string[]): Promise<void>;
  /** Compiles it: processes run what was built. @throws {Error} where a patch has wrong types; it is compiled all the same */
  build(): Promise<void>;
}

/**
 * @param added files that the program does not have, by path
 * @throws {Error} where an edit does not find its place
 */
export function patchedCopy(edits: readonly Edit[], added: Readonly<Record<string, string>> = {}): PatchedCopy {
  const root = mkdtempSync(join(tmpdir(), 'gateway-copy-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter(Boolean)) cpSync(file, join(root, file));
    cpSync('dist', join(root, 'dist'), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    for (const [file, text] of Object.entries(added)) writeFileSync(join(root, file), text, { flag: 'wx' });
    for (const { file, find, replace } of edits) {
      const path = join(root, file);
      const parts = readFileSync(path, 'utf8').split(find);
      if (parts.length !== 2) throw new Error(`stands ${parts.length - 1} times in ${file}: ${find}`);
      writeFileSync(path, parts.join(replace));
    }
  } catch (error) {
    remove();
    throw error;
  }
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|EVIDENCE|NODE_ENV|TEST$|MODE|DEV|PROD|SSR)/.test(name)),
  );
  const runInCopy = async (args: readonly string[]) =>
    void (await run(process.execPath, args, { cwd: root, env, maxBuffer: 2 ** 28 }));
  return {
    root,
    run: runInCopy,
    build: () => runInCopy(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']),
    [Symbol.dispose]: remove,
  };
}
