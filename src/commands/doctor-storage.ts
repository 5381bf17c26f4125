/** The database, its migrations and its clock: one line each, also where there is nothing to look at. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { databaseIn } from '../entities/data-directory.js';
import { runOne } from '../entities/database.js';
import { DRIFT_MS, readDatabaseClock } from '../entities/database-clock.js';
import { directoryOwner } from '../entities/directory-lock.js';
import { pendingBeside, pendingMigrations } from '../entities/migrate.js';
import { openStorage, type Storage } from '../entities/storage.js';
import type { Config } from '../kernel/config.js';
import { type Finding, failed, passed, unusable } from './finding.js';
import { callOwner } from './owner-socket.js';

const CHECKS = [
  ['database', examineDatabase],
  ['migrations', examineMigrations],
  ['clock', examineClock],
] as const;

const HOST_CLOCK = 'not looked at: the embedded database has the clock of this host';

export async function examineStorage(config: Config): Promise<Finding[]> {
  try {
    if (config.databaseUrl === undefined) {
      const owner = await directoryOwner(config.dataDirectory);
      if (owner !== undefined) return await examineOwned(config.dataDirectory, owner.pid);
      if (!existsSync(databaseIn(config.dataDirectory))) return examineUnmade(config);
    }
    await using storage = await openStorage({ ...config, migrate: false });
    const findings: Finding[] = [];
    for (const [check, examine] of CHECKS)
      findings.push(await examine(storage).catch((error: unknown) => unusable(check, error)));
    return findings;
  } catch (error) {
    const others = ['migrations', 'clock'].map((check) => failed(check, 'not looked at: the database cannot be used'));
    return [unusable('database', error), ...others];
  }
}

/** Milliseconds that an owner has to answer. */
const OWNER_MS = 5_000;

async function examineOwned(directory: string, owner: number): Promise<Finding[]> {
  const administration = callOwner(directory, AbortSignal.timeout(OWNER_MS));
  // One that is starting takes no commands yet, one of a build from before does not know this one.
  const executed = await administration.listExecutedMigrations({}).catch(() => undefined);
  return [
    passed('database', `embedded, in use by process ${owner}`),
    executed
      ? verdictOn(pendingBeside(executed), `stop process ${owner} and run gateway migrate`)
      : passed('migrations', `not looked at: process ${owner} has the database to itself`),
    passed('clock', HOST_CLOCK),
  ];
}

const examineUnmade = ({ migrate, dataDirectory }: Config): Finding[] => [
  canBeMade(dataDirectory)
    ? passed('database', 'embedded, not made yet')
    : failed('database', `embedded, not made yet, and ${dataDirectory} cannot be written: set GATEWAY_DATA_DIR`),
  migrate
    ? passed('migrations', 'not looked at: the first start makes the database and migrates it')
    : failed('migrations', 'not looked at: there is no database, and GATEWAY_MIGRATE is off; run gateway migrate'),
  passed('clock', HOST_CLOCK),
];

/** Whether this user may write where it would be: in the folder itself, or in the nearest one above that is there. */
function canBeMade(directory: string): boolean {
  if (!existsSync(directory) && dirname(directory) !== directory) return canBeMade(dirname(directory));
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const OLDEST_POSTGRESQL = 150_000;

async function examineDatabase({ database: { pool } }: Storage): Promise<Finding> {
  const row = await runOne<{ version: string; number: number }>(
    pool,
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
  );
  const detail = `PostgreSQL ${row?.version}`;
  return (row?.number ?? 0) >= OLDEST_POSTGRESQL
    ? passed('database', detail)
    : failed('database', `${detail} is older than 15`);
}

async function examineMigrations({ orm }: Storage): Promise<Finding> {
  return verdictOn(await pendingMigrations(orm), 'run gateway migrate');
}

const verdictOn = (pending: readonly string[], advice: string): Finding =>
  pending.length === 0
    ? passed('migrations', 'none pending')
    : failed('migrations', `pending: ${pending.join(', ')}; ${advice}`);

// Signatures and tokens carry this host's time, and expiry is the database's.
async function examineClock({ database: { pool } }: Storage): Promise<Finding> {
  const { aheadMs } = await readDatabaseClock(pool);
  const detail = `${Math.abs(aheadMs / 1000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this host`;
  return Math.abs(aheadMs) <= DRIFT_MS
    ? passed('clock', `the database is ${detail}`)
    : failed('clock', `the database is ${detail}: set both by NTP`);
}
