/** The settings of one process, read from the environment once and checked as a whole. */
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { databaseSettings } from './config-database.js';
import { checkProviders, type ProviderSettings, providerSettings, providersOf } from './config-providers.js';
import { type RedisSettings, redisSettings } from './config-redis.js';
import { decimal, wholeNumber } from './config-setting.js';
import { parseRange } from './ip-address.js';
import { faultOfBase } from './outbound-url.js';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL starting with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    abort: true,
  });
// A pattern is a host name to URL, and would be the origin of no page: it would be taken, and let nobody in.
const ORIGIN = (text: string) => /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;

// A range of all addresses is a proxy that nobody has to own, so /0 is refused like `true` and a hop count.
const isAddressRange = (text: string): boolean => (parseRange(text)?.prefix ?? 0) > 0;

const environment = z.object({
  // `Production`, `prod` and a file with the line ends of Windows must not quietly mean development.
  NODE_ENV: z
    .string()
    .trim()
    .toLowerCase()
    .refine((name) => name === 'production' || !name.startsWith('prod'), { error: 'must be production, written out' })
    .default('development'),
  ...databaseSettings,
  GATEWAY_DATA_DIR: z.string().min(1).default('.gateway'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 'a port number').default(4000),
  GATEWAY_WORKER_PORT: wholeNumber(1, 65_535, 'a port number').optional(),
  GATEWAY_RETENTION_DAYS: wholeNumber(1, 3_650, 'a whole number of days').default(30),
  GATEWAY_PUBLIC_URL: url('http:', 'https:')
    .superRefine((text, context) => {
      const fault = faultOfBase(text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .optional(),
  GATEWAY_SECRET: list.refine((secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= 32), {
    error: 'every secret must be at least 32 bytes long; `openssl rand -base64 32` makes one',
  }),
  GATEWAY_SIGNING_KEYS: z.string().optional(),
  GATEWAY_MIGRATE: z.enum(['auto', 'off'], { error: 'must be auto or off' }).optional(),
  // A hop count or `true` would let a client write its own address and so its own limits: ranges only.
  TRUSTED_PROXIES: list.refine((ranges) => ranges.every(isAddressRange), {
    error: 'must be a comma list of addresses or CIDR ranges, such as 10.0.0.0/8',
  }),
  ...redisSettings,
  ...providerSettings,
  CORS_ORIGINS: list.refine((origins) => origins.every(ORIGIN), {
    error:
      'must be a comma list of origins such as https://app.example.com, without a path or a *: they are compared whole',
  }),
  PLAYGROUND: z.enum(['on', 'off'], { error: 'must be on or off' }).optional(),
  INBOX: z.enum(['on', 'off'], { error: 'must be on or off' }).optional(),
  GATEWAY_LIMIT_SCALE: decimal.default(1),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { error: 'must be a level such as info' })
    .default('info'),
});

const checked = environment.superRefine((env, context) => {
  const fault = (setting: string, message: string) => context.addIssue({ code: 'custom', path: [setting], message });
  checkProviders(env, fault);
  if (env.DATABASE_REPLICA_URL && !env.DATABASE_URL) fault('DATABASE_URL', 'is needed beside DATABASE_REPLICA_URL');
  if (env.NODE_ENV !== 'production') return;
  if (env.GATEWAY_SECRET.length === 0)
    fault('GATEWAY_SECRET', 'is required in production; `openssl rand -base64 32` makes one');
  if (env.GATEWAY_SIGNING_KEYS === undefined)
    fault('GATEWAY_SIGNING_KEYS', 'is required in production; `gateway signing-keys create` makes them');
  if (!env.GATEWAY_PUBLIC_URL)
    fault('GATEWAY_PUBLIC_URL', 'is required in production: links and tokens are built from it');
});

export interface Config {
  readonly production: boolean;
  /** Absent: the embedded database under `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  /** Where lists are read; absent: where everything is. */
  readonly databaseReplicaUrl: string | undefined;
  /** Whether statements are prepared by name: not behind a pooler that knows no names. */
  readonly databasePrepared: boolean;
  readonly dataDirectory: string;
  readonly host: string;
  readonly port: number;
  /** Where a process that works the queue only has its probes and metrics; absent: nowhere. */
  readonly workerPort: number | undefined;
  /** Days for which a finished verification is kept. */
  readonly retentionDays: number;
  /** What links and addresses are built from, never the Host header. Without a trailing slash. */
  readonly publicUrl: string;
  /** Newest first; empty: generated into the data directory. */
  readonly secrets: readonly string[];
  /** A JWK Set as JSON or the path of a file; absent: generated into `dataDirectory`. */
  readonly signingKeys: string | undefined;
  readonly migrate: boolean;
  readonly trustedProxies: readonly string[];
  /** Where limits and registered operations are kept beside the database; absent: nowhere. */
  readonly redis: RedisSettings | undefined;
  readonly providers: ProviderSettings;
  readonly corsOrigins: readonly string[];
  /** The pages for developers. */
  readonly playground: boolean;
  readonly inbox: boolean;
  readonly limitScale: number;
  readonly logLevel: string;
}

/** Every fault of the environment at once. Messages name settings and never repeat a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(
      faults.length === 1
        ? `The configuration has a fault: ${faults[0]}`
        : `The configuration has ${faults.length} faults: ${faults.join('; ')}`,
    );
  }
}

/** What links are built from where `GATEWAY_PUBLIC_URL` is absent. */
export const publicUrlAt = (host: string, port: number): string =>
  `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** @throws {ConfigError} naming every faulty or missing setting */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const base = environment.safeParse(present);
  const result = base.success ? checked.safeParse(present) : base;
  if (!result.success) {
    throw new ConfigError([...faultsOf(result.error), ...(base.success ? [] : missingBeside(present, base.error))]);
  }
  const read = result.data;
  const production = read.NODE_ENV === 'production';
  return {
    production,
    databaseUrl: read.DATABASE_URL,
    databaseReplicaUrl: read.DATABASE_REPLICA_URL,
    databasePrepared: read.DATABASE_PREPARED === 'on',
    dataDirectory: resolve(read.GATEWAY_DATA_DIR),
    host: read.HOST,
    port: read.PORT,
    workerPort: read.GATEWAY_WORKER_PORT,
    retentionDays: read.GATEWAY_RETENTION_DAYS,
    publicUrl: (read.GATEWAY_PUBLIC_URL ?? publicUrlAt(read.HOST, read.PORT)).replace(/\/+$/, ''),
    secrets: read.GATEWAY_SECRET,
    signingKeys: read.GATEWAY_SIGNING_KEYS,
    migrate: (read.GATEWAY_MIGRATE ?? (production ? 'off' : 'auto')) === 'auto',
    trustedProxies: read.TRUSTED_PROXIES,
    redis: read.REDIS_URL,
    providers: providersOf(read),
    corsOrigins: read.CORS_ORIGINS,
    playground: (read.PLAYGROUND ?? (production ? 'off' : 'on')) === 'on',
    inbox: (read.INBOX ?? (production ? 'off' : 'on')) === 'on',
    limitScale: read.GATEWAY_LIMIT_SCALE,
    logLevel: read.LOG_LEVEL,
  };
}

function faultsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
}

// zod runs the cross-checks only on a well-formed object, and all faults are to be told at once: the faulty
// settings are left out and the rest is checked for what is missing.
function missingBeside(present: Record<string, string | undefined>, error: z.ZodError): string[] {
  const faulty = new Set(error.issues.map((issue) => issue.path[0]));
  const rest = checked.safeParse(Object.fromEntries(Object.entries(present).filter(([name]) => !faulty.has(name))));
  return rest.success ? [] : faultsOf(rest.error).filter((fault) => !faulty.has(fault.split(' ')[0]));
}
