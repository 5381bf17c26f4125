/** A throw-away PostgreSQL with many connections, for tests and benchmarks: races cannot be seen on one connection. */
import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinaries, unprivilegedAccount } from './postgres-binaries.js';
import { cleanEnvironment, endServer, endServerSync, freePort, launchServer } from './postgres-server.js';

/** A running server. `crash` and `restart` are absent where the server is somebody else's (TEST_DATABASE_URL). */
export interface Postgres {
  /** A superuser's connection string; the database in it is empty. */
  url: string;
  /** Where its own programs are; absent where the server is somebody else's. */
  folder?: string;
  /** Ends the server and removes all it wrote. */
  stop(): Promise<void>;
  /** Ends the server as a power cut would; its data stays for `restart`. */
  crash?(): Promise<void>;
  /** Starts the crashed server again at the same address. */
  restart?(): Promise<void>;
}

/** A database of one's own on a server. */
export interface Database {
  url: string;
  drop(): Promise<void>;
}

/**
 * Starts a server, or takes a new database on TEST_DATABASE_URL.
 *
 * @param options.durable false trades safety at a crash for speed
 * @param options.clients programs that the server has to come with, such as pg_dump; it is always a server of our own
 */
export async function startPostgres({
  durable = true,
  clients = [],
}: {
  durable?: boolean;
  clients?: readonly string[];
} = {}): Promise<Postgres> {
  const external = process.env['TEST_DATABASE_URL'];
  if (external && clients.length === 0) {
    const { url, drop } = await createDatabase(external, 'gateway');
    return { url, stop: drop };
  }
  const account = unprivilegedAccount();
  const home = mkdtempSync(join(tmpdir(), 'pg-'));
  const data = join(home, 'data');
  let server: ChildProcess | undefined;
  const removeHome = () => rmSync(home, { recursive: true, force: true });
  const abandon = () => {
    if (server) endServerSync(server, data);
    removeHome();
  };
  process.once('exit', abandon);
  const stop = async () => {
    process.off('exit', abandon);
    if (server) await endServer(server);
    removeHome();
  };
  try {
    if (account) chownSync(home, account.uid, account.gid);
    const { folder, initdb, postgres } = findBinaries(home, account, clients);
    const init = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await promisify(execFile)(initdb, init, { cwd: home, env: cleanEnvironment(), ...account });
    const launch = (port: number) => launchServer({ postgres, home, data, port, durable, account });
    let port = 0;
    for (let triesLeft = 5; !server; triesLeft -= 1) {
      port = await freePort();
      server = await launch(port).catch((error: unknown) => {
        if (triesLeft === 1 || !String(error).includes('could not bind')) throw error;
        return undefined;
      });
    }
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      folder,
      stop,
      crash: async () => {
        if (server) await endServer(server);
      },
      restart: async () => {
        server = await launch(port);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes an empty database with a name of its own on the server at `url`, so that test files do not see each other. */
export async function createDatabase(url: string, name: string): Promise<Database> {
  const unique = `${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 40)}_${randomBytes(5).toString('hex')}`;
  await execute(url, `CREATE DATABASE "${unique}" TEMPLATE template0 ENCODING 'UTF8'`);
  const own = new URL(url);
  own.pathname = `/${unique}`;
  return { url: own.href, drop: () => execute(url, `DROP DATABASE IF EXISTS "${unique}" WITH (FORCE)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
