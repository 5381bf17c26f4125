/** `gateway doctor`: looks at everything that a process needs, changes nothing and sends nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { directoryOwner } from '../entities/data-directory.js';
import { type Database, runOne } from '../entities/database.js';
import { pendingMigrations } from '../entities/migrate.js';
import { openStorage, type Storage } from '../entities/storage.js';
import { wallClock } from '../kernel/clock.js';
import { type Config, ConfigError, loadConfig } from '../kernel/config.js';
import { buildProviders } from '../providers/build.js';
import { type Provider, ProviderError } from '../providers/provider.js';
import { describeError } from '../telemetry/logger.js';
import { examineRedis, examineReplica } from './doctor-beside.js';
import { examineSigningKeys } from './doctor-signing-keys.js';
import { type Finding, failed, passed } from './finding.js';

/** Runs every check that can be run; one that fails does not keep the others from being told. */
export async function diagnose(): Promise<Finding[]> {
  let config: Config;
  try {
    config = loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((detail) => ({ check: 'configuration', ok: false, detail }));
  }
  const mode = config.production ? 'production' : 'development';
  return [
    { check: 'configuration', ok: true, detail: `${mode}, public at ${config.publicUrl}` },
    await examineSigningKeys(config),
    ...(await examineStorage(config)),
    ...(await examineReplica(config)),
    ...(await examineRedis(config)),
    ...(await examineProviders(config)),
    examineProxies(config),
  ];
}

async function examineStorage(config: Config): Promise<Finding[]> {
  if (config.databaseUrl === undefined) {
    const owner = directoryOwner(config.dataDirectory);
    if (owner !== undefined) return [passed('database', `embedded, in use by process ${owner}, which migrates it`)];
    if (!existsSync(join(config.dataDirectory, 'postgres')))
      return [passed('database', 'embedded, made and migrated at the first start')];
  }
  try {
    await using storage = await openStorage({ ...config, migrate: false });
    return [
      await examineDatabase(storage.database),
      await examineMigrations(storage),
      await examineClock(storage.database),
    ];
  } catch (error) {
    const { code } = error as { code?: unknown };
    return [failed('database', `cannot be used (${typeof code === 'string' ? code : describeError(error)['type']})`)];
  }
}

const OLDEST_POSTGRESQL = 150_000;

async function examineDatabase({ pool }: Database): Promise<Finding> {
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
  const pending = await pendingMigrations(orm);
  return pending.length === 0
    ? passed('migrations', 'none pending')
    : failed('migrations', `pending: ${pending.join(', ')}; run gateway migrate`);
}

/** Signatures and tokens carry this host's time, and expiry is the database's. */
const DRIFT_SECONDS = 5;

async function examineClock({ pool }: Database): Promise<Finding> {
  const asked = wallClock();
  const row = await runOne<{ ms: number }>(pool, 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms');
  // Half of the way there and back, so that a distant database is not taken for a wrong clock.
  const drift = ((row?.ms ?? 0) - (asked + wallClock()) / 2) / 1000;
  const detail = `${Math.abs(drift).toFixed(1)} s ${drift < 0 ? 'behind' : 'ahead of'} this host`;
  return Math.abs(drift) <= DRIFT_SECONDS
    ? passed('clock', `the database is ${detail}`)
    : failed('clock', `the database is ${detail}: set both by NTP`);
}

async function examineProviders(config: Config): Promise<Finding[]> {
  try {
    const registry = await buildProviders(config);
    try {
      const live = registry.all().filter(({ mode }) => mode === 'LIVE');
      if (live.length === 0) return [passed('providers', 'none configured: live mode sends nothing')];
      return await Promise.all(live.map(examineProvider));
    } finally {
      await registry.close();
    }
  } catch (error) {
    return [failed('providers', (error as Error).message)];
  }
}

const PROBE_MS = 10_000;

async function examineProvider(provider: Provider): Promise<Finding> {
  const check = `provider ${provider.name}`;
  try {
    await provider.probe(AbortSignal.timeout(PROBE_MS));
    return passed(
      check,
      `reached, takes the credentials, carries ${Object.keys(provider.capabilities.channels).join(', ')}`,
    );
  } catch (error) {
    return failed(check, error instanceof ProviderError ? error.reason : 'cannot be asked');
  }
}

/** The gateway speaks HTTP: where the world reaches it by https, a proxy stands in front. */
function examineProxies({ production, publicUrl, trustedProxies }: Config): Finding {
  if (trustedProxies.length > 0) return passed('proxies', `trusted: ${trustedProxies.join(', ')}`);
  return production && publicUrl.startsWith('https:')
    ? failed(
        'proxies',
        'the public URL is https, so a proxy is in front; none is trusted, and all its clients share their limits',
      )
    : passed('proxies', 'none is trusted: the address of the socket is the client');
}
