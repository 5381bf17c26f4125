/** The database of a process, whichever it is. */
import { join } from 'node:path';
import { lockDirectory } from './data-directory.js';
import { type Database, databaseOf } from './database.js';
import { migrate } from './migrate.js';
import { type Orm, openOrm } from './orm.js';

export interface StorageOptions {
  /** A PostgreSQL URL; absent: the embedded database under `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** Bring the tables up to date first. */
  readonly migrate: boolean;
}

/** An open database. Disposing of it closes it and gives up the embedded directory. */
export interface Storage extends AsyncDisposable {
  readonly orm: Orm;
  readonly database: Database;
  readonly location: string;
}

/** @throws {DirectoryInUseError} when another process owns the embedded database */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const resources = new AsyncDisposableStack();
  try {
    if (options.databaseUrl === undefined) resources.use(lockDirectory(options.dataDirectory));
    const location = options.databaseUrl ?? join(options.dataDirectory, 'postgres');
    const orm = await openOrm({ location });
    resources.defer(() => orm.close(true));
    if (options.migrate) await migrate(orm, location);
    const closing = resources.move();
    return { orm, database: databaseOf(orm), location, [Symbol.asyncDispose]: () => closing.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}
