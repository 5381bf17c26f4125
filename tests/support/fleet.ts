/** Several gateway processes on one PostgreSQL database, and a connection to look behind them. */
import { migrateOutbox } from '../../src/delivery/outbox.js';
import { run } from '../../src/entities/database.js';
import { openStorage } from '../../src/entities/storage.js';
import type { Sql } from './database-state.js';
import { createDatabase } from './postgres.js';
import { type Environment, type Running, startProcess } from './processes.js';
import { createTestWorkspace, type TestWorkspace } from './workspace.js';

export interface Fleet extends AsyncDisposable {
  /** What every process of the fleet is started with. */
  readonly env: Environment;
  readonly sql: Sql;
  /** Starts a further process, of the copy at `root` if there is one; it ends with the fleet. */
  start(args: readonly string[], env?: Environment, root?: string): Promise<Running>;
  /** A fresh workspace, whose callers go round these processes. */
  workspace(processes: readonly Running[]): Promise<TestWorkspace>;
}

/** Makes a migrated database on the server at `postgresUrl`. Processes are started by whoever needs them. */
export async function createFleet(postgresUrl: string, settings: Environment = {}): Promise<Fleet> {
  await using starting = new AsyncDisposableStack();
  const { url, drop } = await createDatabase(postgresUrl, 'fleet');
  starting.defer(drop);
  const env = { DATABASE_URL: url, GATEWAY_SECRET: 'the same secret in every process of the fleet', ...settings };
  const storage = starting.use(await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true }));
  await migrateOutbox(storage);
  const { pool } = storage.database;
  const resources = starting.move();
  return {
    env,
    sql: (text, values = []) => run(pool, text, values),
    async start(args, more = {}, root) {
      return resources.use(await startProcess(args, { ...env, ...more }, root));
    },
    workspace: (processes) =>
      createTestWorkspace(
        pool,
        processes.map(({ url: address }) => address),
      ),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
