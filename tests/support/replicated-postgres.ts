/** A throw-away PostgreSQL and one that follows it by streaming, as a replica for reads does. */
import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinaries, unprivilegedAccount } from './postgres-binaries.js';
import { cleanEnvironment, endServer, freePort, launchServer } from './postgres-server.js';

export interface ReplicatedPostgres extends AsyncDisposable {
  /** A superuser's connection strings. */
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  readonly replicaPort: number;
  /** Ends the replica as a power cut would. */
  crashReplica(): Promise<void>;
  restartReplica(): Promise<void>;
}

export async function startReplicatedPostgres(): Promise<ReplicatedPostgres> {
  await using starting = new AsyncDisposableStack();
  const account = unprivilegedAccount();
  const root = mkdtempSync(join(tmpdir(), 'pg-pair-'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  starting.defer(remove);
  if (account) chownSync(root, account.uid, account.gid);
  const { initdb, postgres } = findBinaries(root, account);
  const place = (name: string) => {
    const home = join(root, name);
    mkdirSync(home);
    if (account) chownSync(home, account.uid, account.gid);
    return { home, data: join(home, 'data') };
  };
  const [primary, replica] = [place('primary'), place('replica')];
  const init = ['-D', primary.data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(initdb, init, { cwd: primary.home, env: cleanEnvironment(), ...account });
  // A directory that no server has opened yet is as good a base backup as any.
  cpSync(primary.data, replica.data, { recursive: true });
  chmodSync(replica.data, 0o700);
  const [primaryPort, replicaPort] = [await freePort(), await freePort()];
  writeFileSync(join(replica.data, 'standby.signal'), '');
  appendFileSync(
    join(replica.data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primaryPort} user=postgres'\nwal_retrieve_retry_interval = 200ms\n`,
  );
  if (account) {
    for (const path of ['.', ...readdirSync(replica.data, { recursive: true, encoding: 'utf8' })])
      lchownSync(join(replica.data, path), account.uid, account.gid);
  }
  const launch = (at: typeof primary, port: number) => launchServer({ ...at, postgres, port, durable: false, account });
  const running = new Set<ChildProcess>();
  const track = (server: ChildProcess): ChildProcess => {
    running.add(server);
    return server;
  };
  const endAll = async () => {
    for (const server of running) await endServer(server);
  };
  starting.defer(endAll);
  process.once('exit', () => {
    for (const server of running) server.kill('SIGQUIT');
  });
  track(await launch(primary, primaryPort));
  let follower = track(await launch(replica, replicaPort));
  const resources = starting.move();
  return {
    primaryUrl: `postgres://postgres@127.0.0.1:${primaryPort}/postgres`,
    replicaUrl: `postgres://postgres@127.0.0.1:${replicaPort}/postgres`,
    replicaPort,
    crashReplica: () => endServer(follower),
    async restartReplica() {
      follower = track(await launch(replica, replicaPort));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
