/** The database of a process, whichever it is. */
import { existsSync } from 'node:fs';
import { monotonicClock } from '../kernel/clock.js';
import { databaseIn } from './data-directory.js';
import { type Database, databaseOf, poolOf } from './database.js';
import { directPool } from './direct.js';
import { directoryOwner, lockDirectory } from './directory-lock.js';
import { followReplica, type Replica } from './lists.js';
import { migrate } from './migrate.js';
import { type DatabaseOptions, isPostgresUrl, type Orm, openOrm } from './orm.js';

export interface StorageOptions {
  /** A PostgreSQL URL; absent: the embedded database under `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  /** Whether the way to the database keeps a session between transactions; true unless said otherwise. */
  readonly databasePrepared?: boolean;
  /** A PostgreSQL that follows the other one, for lists; absent: they are read where everything is. */
  readonly databaseReplicaUrl?: string | undefined;
  /** Bring the tables up to date first. */
  readonly migrate: boolean;
  /** Milliseconds that a statement has, migrations apart; absent: as long as it takes. */
  readonly deadlineMs?: number;
  /** Told once where that waits for a table; unless given, nobody is. */
  readonly onMigrationWait?: () => void;
}

/** An open database. Disposing of it closes it and gives up the embedded directory. */
export interface Storage extends AsyncDisposable {
  readonly orm: Orm;
  readonly database: Database;
  readonly location: string;
  readonly prepared: boolean;
  /** Where lists are read; undefined where everything is read in one place. */
  readonly replica: Replica | undefined;
}

/**
 * Milliseconds that a statement of a request, a job or upkeep has. Nearly all find their rows by a key: what takes longer
 * was sent to a server that went away without a word, and would be waited for until TCP gives up, a quarter of an hour.
 */
export const STATEMENT_MS = 30_000;

/** Milliseconds that a replica has for a list, before the primary is asked. */
const REPLICA_MS = 2_000;

/** @throws {DirectoryInUseError} when another process owns the embedded database */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const resources = new AsyncDisposableStack();
  try {
    if (options.databaseUrl === undefined) resources.use(await lockDirectory(options.dataDirectory));
    const location = options.databaseUrl ?? databaseIn(options.dataDirectory);
    const prepared = options.databasePrepared ?? true;
    const where = { location, prepared, deadlineMs: options.deadlineMs };
    const orm = await openOrm(where);
    resources.defer(() => orm.close(true));
    const follower =
      options.databaseReplicaUrl === undefined
        ? undefined
        : await openOrm({ location: options.databaseReplicaUrl, prepared, deadlineMs: REPLICA_MS });
    if (follower) resources.defer(() => follower.close(true));
    const pool = isPostgresUrl(location) ? await directPool(orm) : poolOf(orm);
    const replica = follower && followReplica(pool, poolOf(follower), monotonicClock);
    if (options.migrate) await migrateFirst(orm, where, options.onMigrationWait);
    const closing = resources.move();
    const database = databaseOf(orm, pool, replica?.lists);
    return { orm, database, location, prepared, replica, [Symbol.asyncDispose]: () => closing.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** On connections of its own where statements have a deadline: a migration takes as long as it takes. */
async function migrateFirst(orm: Orm, { deadlineMs, ...where }: DatabaseOptions, onWait?: () => void): Promise<void> {
  const isHurried = deadlineMs !== undefined && isPostgresUrl(where.location);
  const patient = isHurried ? await openOrm(where) : orm;
  try {
    await migrate(patient, where.location, onWait);
  } finally {
    if (isHurried) await patient.close(true);
  }
}

/**
 * What to tell whoever asks a question of a database that is not there, because it would be made to answer; undefined
 * where there is one.
 */
export async function missingDatabase({
  databaseUrl,
  dataDirectory,
}: Pick<StorageOptions, 'databaseUrl' | 'dataDirectory'>): Promise<string | undefined> {
  if (databaseUrl !== undefined || existsSync(databaseIn(dataDirectory))) return undefined;
  // Its owner may be making it.
  if (await directoryOwner(dataDirectory)) return undefined;
  return `There is no database yet: DATABASE_URL is not set, and ${dataDirectory} holds no embedded one. Set DATABASE_URL, or \`gateway migrate\` makes one there.`;
}
