/** A throw-away PgBouncer in transaction mode, as the distribution has it: Debian 12 has 1.18, Debian 13 has 1.24. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { unprivilegedAccount } from './postgres-binaries.js';
import { freePort } from './postgres-server.js';
import { waitFor } from './wait-for.js';

const EXECUTABLE = process.env['PGBOUNCER'] ?? '/usr/sbin/pgbouncer';

export interface PgBouncer extends AsyncDisposable {
  /** Whether it can keep statements that have names, which it can since 1.21. */
  readonly knowsNames: boolean;
  /** The same database by way of the pooler. */
  through(databaseUrl: string): string;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/**
 * @param poolSize connections to PostgreSQL that all clients of one database share
 * @param extra lines of its configuration; what a version does not know ends it at the start
 */
export async function startPgBouncer(
  postgresUrl: string,
  poolSize: number,
  extra: readonly string[] = [],
): Promise<PgBouncer> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`No PgBouncer at ${EXECUTABLE}: apt-get install pgbouncer, or set PGBOUNCER.`);
  const home = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const account = unprivilegedAccount();
  if (account) chownSync(home, account.uid, account.gid);
  const { hostname, port: serverPort, username, password } = new URL(postgresUrl);
  const port = await freePort();
  const login = `user=${username}${password ? ` password=${decodeURIComponent(password)}` : ''}`;
  const settings = `
[databases]
* = host=${hostname} port=${serverPort} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 200
logfile = ${join(home, 'log')}
${extra.join('\n')}
`;
  writeFileSync(join(home, 'ini'), settings);
  const child = spawn(EXECUTABLE, [join(home, 'ini')], { cwd: home, stdio: 'ignore', ...account });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const through = (databaseUrl: string): string => {
    const url = new URL(databaseUrl);
    Object.assign(url, { hostname: '127.0.0.1', port: `${port}` });
    return url.href;
  };
  await waitFor('PgBouncer answers', async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${readFileSync(join(home, 'log'), 'utf8')}`);
    const client = new pg.Client({ connectionString: through(postgresUrl) });
    client.on('error', () => {});
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  const { stdout } = await promisify(execFile)(EXECUTABLE, ['--version']);
  const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(stdout) ?? [];
  return {
    knowsNames: Number(major) > 1 || Number(minor) >= 21,
    through,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
