/** The gateway that is measured: its worlds and keys, and the state of its gates, which is written behind its back. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { counterKey } from '../../src/access/limit-ledger.ts';
import { deriveKeyRing } from '../../src/kernel/key-ring.ts';
import { gateway } from '../gateway/contender.ts';
import { type RunningServer, startServer } from '../server-process.ts';
import { type Ask, createAsk } from './ask.ts';
import { enroll, givePhone, type Person, type World } from './people.ts';

const SECRET = 'the secret of the benchmark of refusals';
const contender = {
  ...gateway,
  environment: (scratch: string) => ({
    ...gateway.environment(scratch),
    GATEWAY_SECRET: SECRET,
    GATEWAY_LIMIT_SCALE: '1',
    TRUSTED_PROXIES: '127.0.0.1',
    // In live mode somebody carries codes, though not to France: there, a vendor that makes its own is chosen.
    HTTP_BASE_URL: 'http://127.0.0.1:9',
    HTTP_SECRET: `whsec_${Buffer.alloc(32, 'refusals').toString('base64')}`,
    HTTP_CHANNELS: 'SMS',
    EZID_CLIENT_ID: 'refusals',
    EZID_CLIENT_SECRET: 'refusals',
    PROVIDER_SMS_BY_COUNTRY: 'FR:ezid',
  }),
};

/** Who asks: a page of the workspace, one in live mode, one whose key or whose workspace has spent its messages. */
export const CALLERS = ['page', 'live page', 'spent key', 'spent workspace'] as const;
export type Caller = (typeof CALLERS)[number];

export interface Key extends World {
  readonly keyId: string;
  readonly secret: string;
}

export interface Site extends AsyncDisposable {
  readonly baseUrl: string;
  readonly keys: Readonly<Record<Caller, readonly Key[]>>;
  readonly ask: Ask;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  enroll(caller: Caller, people: readonly Person[], isVerified?: boolean): Promise<void>;
  givePhone(email: string, phone: string): Promise<void>;
  /** Spends counters of a caller's world. */
  spend(caller: Caller, counters: readonly Counter[]): Promise<void>;
  restore(caller: Caller, counters: readonly Counter[]): Promise<void>;
  /** What the fullest of them has counted. */
  fullest(caller: Caller, counters: readonly Counter[]): Promise<number>;
}

/** A gate of connect or a cap on messages, and of what. */
export type Counter = readonly [kind: 'connect' | 'send', name: string, value: string | undefined];

// Above every cap, in a window that no run outlasts.
const SPEND = `
  insert into rate_limit_window (workspace_id, key, hits, expires_at)
  select $1, key, 1000000, now() + interval '6 hours' from unnest($2::bytea[]) key`;
const RESTORE = 'delete from rate_limit_window where workspace_id = $1 and key = any($2::bytea[])';
const FULLEST = `
  select coalesce(max(hits), 0)::int as hits from rate_limit_window where workspace_id = $1 and key = any($2::bytea[])`;

/** @param lines keys of each caller, those of the page aside, of which there are eight at least */
export async function openSite(url: string, lines: number): Promise<Site> {
  const server = await startServer(contender, url, undefined);
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  const keyOf = counterKey(deriveKeyRing([SECRET], 'limit').current.key);
  const [first, spent] = [await workspaceOf(server, 'Refusals'), await workspaceOf(server, 'Spent')];
  const keys = {
    page: await keysOf(server, first, 'TEST', Math.max(lines, 8)),
    'live page': await keysOf(server, first, 'LIVE', lines),
    'spent key': await keysOf(server, first, 'TEST', lines),
    'spent workspace': await keysOf(server, spent, 'TEST', lines),
  };
  const count = async (text: string, caller: Caller, counters: readonly Counter[]) => {
    const { workspaceId, mode } = worldOf(keys, caller);
    const names = counters.map(([kind, name, value]) => JSON.stringify([workspaceId, mode, kind, name, value]));
    return database.query<{ hits: number }>(text, [workspaceId, [...new Set(names)].map(keyOf)]);
  };
  return {
    baseUrl: server.baseUrl,
    keys,
    ask: createAsk(server.baseUrl),
    query: async (text, values) => (await database.query(text, values)).rows,
    enroll: (caller, people, isVerified) => enroll(database, worldOf(keys, caller), people, isVerified),
    givePhone: (email, phone) => givePhone(database, email, phone),
    spend: async (caller, counters) => void (await count(SPEND, caller, counters)),
    restore: async (caller, counters) => void (await count(RESTORE, caller, counters)),
    fullest: async (caller, counters) => (await count(FULLEST, caller, counters)).rows[0]?.hits ?? 0,
    async [Symbol.asyncDispose]() {
      await database.end();
      await server.stop();
    },
  };
}

const worldOf = (keys: Site['keys'], caller: Caller): World => keys[caller][0] as Key;

async function cli<T>({ environment }: RunningServer, ...args: string[]): Promise<T> {
  const all = ['dist/cli.js', ...args, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, all, { env: environment });
  return JSON.parse(stdout) as T;
}

const workspaceOf = async (server: RunningServer, name: string): Promise<string> =>
  (await cli<{ id: string }>(server, 'workspaces', 'create', '--name', name)).id;

async function keysOf(server: RunningServer, id: string, mode: World['mode'], count: number): Promise<Key[]> {
  const create = ['keys', 'create', '--workspace', id, '--kind', 'publishable', '--mode', mode.toLowerCase()];
  const made = await Promise.all(
    Array.from({ length: count }, () => cli<{ id: string; secret: string }>(server, ...create)),
  );
  const uuidOf = (globalId: string) => globalId.slice(globalId.indexOf(':') + 1);
  return made.map((key) => ({ workspaceId: uuidOf(id), mode, keyId: uuidOf(key.id), secret: key.secret }));
}
