/** Which workspaces accept the tokens of an identity provider, for tokens that come without a key. */
import { hash } from 'node:crypto';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { TokenIssuer } from '../entities/workspace.js';
import type { Clock } from '../kernel/clock.js';
import { heapBytes } from '../kernel/heap-bytes.js';
import { createLru } from '../kernel/lru.js';
import { KEY_CACHE_MS } from './key-reader.js';
import {
  toWorkspaceSettings,
  WORKSPACE_SETTINGS,
  type WorkspaceSettings,
  type WorkspaceSettingsRow,
} from './workspace-settings.js';

/** What a token says of itself. Nothing of it is believed before its signature was checked. */
export interface ClaimedOrigin {
  readonly issuer: string;
  readonly audiences: readonly string[];
}

/** A workspace, and the entry of its list that a token falls under. */
export interface Accepting {
  readonly workspaceId: string;
  readonly workspace: WorkspaceSettings;
  readonly issuer: TokenIssuer;
}

export interface IssuerDirectory {
  /** The first two workspaces that accept tokens of this origin: who comes second makes the first ambiguous. */
  find(origin: ClaimedOrigin): Promise<readonly Accepting[]>;
  /** Drops everything cached in this process: a change made here is effective at once. */
  forget(): void;
}

// Anybody may claim any number of audiences beside one that is listed, unsigned, and each origin holds the settings of
// a workspace, which may be 100 kB.
const CACHED_BYTES = 32 * 2 ** 20;

interface Known {
  readonly accepting: readonly Accepting[];
  /** When it is to be read again. */
  readonly until: number;
}

// Found by the index on the lists first: put in order at the same time, every workspace would be looked at.
export const FIND_ACCEPTING = prepared(`
  with accepting as materialized (
    select distinct w.id from unnest($2::text[]) as a (audience)
    join workspace w on w.token_issuers @> jsonb_build_array(jsonb_build_object('issuer', $1::text, 'audience', a.audience))
  )
  select w.id, ${WORKSPACE_SETTINGS}
  from (select id from accepting order by id limit 2) found join workspace w on w.id = found.id
  order by w.id`);

/** What an origin is kept under. Hashed: nothing of the token is believed yet, and it may claim 6 kB of audiences. */
export const nameOf = ({ issuer, audiences }: ClaimedOrigin): string =>
  hash('sha256', JSON.stringify([issuer, ...audiences]), 'base64');

export function createIssuerDirectory(pool: Connection, clock: Clock): IssuerDirectory {
  const cache = createLru<string, Known>({
    capacity: CACHED_BYTES,
    weigh: heapBytes,
    isStale: ({ until }) => until <= clock(),
  });
  let age = 0;
  return {
    async find(origin) {
      const name = nameOf(origin);
      const known = cache.get(name);
      if (known && known.until > clock()) return known.accepting;
      cache.delete(name);
      const until = clock() + KEY_CACHE_MS;
      const before = age;
      const values = [origin.issuer, origin.audiences];
      const rows = await run<WorkspaceSettingsRow & { id: string }>(pool, FIND_ACCEPTING, values);
      const accepting = rows.flatMap((row) => entryOf(row.id, toWorkspaceSettings(row), origin) ?? []);
      // Rows read before a change must not be remembered after it.
      if (age === before) cache.set(name, { accepting, until });
      return accepting;
    },
    forget() {
      age += 1;
      cache.clear();
    },
  };
}

/** The entry of a workspace's list that a token falls under, both its claims compared exactly. */
export function entryOf(
  workspaceId: string,
  workspace: WorkspaceSettings,
  { issuer, audiences }: ClaimedOrigin,
): Accepting | undefined {
  const entry = workspace.tokenIssuers.find((each) => each.issuer === issuer && audiences.includes(each.audience));
  return entry && { workspaceId, workspace, issuer: entry };
}
