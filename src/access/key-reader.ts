/** API keys on request: looked up by their public part, compared as hashes, kept in a short cache. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyKind } from '../entities/api-key.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { GatewayError } from '../kernel/errors.js';
import { heapBytes } from '../kernel/heap-bytes.js';
import { localId } from '../kernel/ids.js';
import { type IpRange, isWithin } from '../kernel/ip-address.js';
import { createLru } from '../kernel/lru.js';
import type { Mode } from '../kernel/world.js';
import { rangesOf } from './key-bounds.js';
import { parseKey } from './key-format.js';
import type { Principal } from './principal.js';
import { toWorkspaceSettings, WORKSPACE_SETTINGS, type WorkspaceSettingsRow } from './workspace-settings.js';

/** How long a revoked key may still be accepted by another process: the age at which a cached key is read again. */
export const KEY_CACHE_MS = 5_000;
/** Bytes of the keys that a process keeps: each holds the settings of its workspace, which may be 100 kB. */
const KEY_CACHE_BYTES = 32 * 2 ** 20;

/** Turns the text of a key into a principal. */
export interface KeyReader {
  /**
   * @param address where the request comes from, as far as proxies are trusted
   * @param keyId the key's id where the caller names it (HTTP Basic); it must be this key's
   * @throws {GatewayError} UNAUTHENTICATED, the same whatever is wrong with the key or its address
   */
  read(secret: string, address: string, keyId?: string): Promise<Principal>;
  /** Drops everything cached in this process: a revocation here is effective at once. */
  forget(): void;
}

interface KeyRow extends WorkspaceSettingsRow {
  workspace_id: string;
  mode: Mode;
  id: string;
  secret_hash: Uint8Array;
  kind: ApiKeyKind;
  scopes: string[];
  persisted_only: boolean;
  merchant_id: string | null;
  allowed_ips: string[] | null;
  /** Milliseconds; null where it does not expire. */
  expires_in: number | null;
}

interface Known {
  readonly principal: Principal;
  /** Undefined where the key is good from everywhere. */
  readonly allowed: readonly IpRange[] | undefined;
  /** When it is to be read again. */
  readonly until: number;
}

const SELECT_KEY = prepared(`
  select k.workspace_id, k.mode, k.id, k.secret_hash, k.kind, k.scopes, k.persisted_only, k.merchant_id,
    k.allowed_ips, extract(epoch from k.expires_at - now())::float8 * 1000 as expires_in, ${WORKSPACE_SETTINGS}
  from api_key k join workspace w on w.id = k.workspace_id
  where k.lookup = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`);

const NO_HASH = Buffer.alloc(32);
/** One text for whatever is wrong: it says neither whether the key exists nor where it is good from. */
export const KEY_REFUSED =
  'The API key is not valid here: unknown, expired, revoked, mistyped, or not for this address.';

/** @param used told of every key that was accepted */
export function createKeyReader(
  pool: Connection,
  clock: Clock,
  used: (principal: Principal) => void = () => {},
): KeyReader {
  const cache = createLru<string, Known>({
    capacity: KEY_CACHE_BYTES,
    weigh: heapBytes,
    isStale: ({ until }) => until <= clock(),
  });
  // A key that a thousand streams or requests are of is read once when it has grown old, and not a thousand times.
  const loading = new Map<string, Promise<Known>>();
  let age = 0;

  async function load(secret: string, digest: string): Promise<Known> {
    // Taken before the row is read: the age of what is cached, and the rest of the key's life, count from then.
    const now = clock();
    const parsed = parseKey(secret);
    const row = parsed && (await runOne<KeyRow>(pool, SELECT_KEY, [parsed.lookup]));
    // An unknown key is compared too: whether the public part exists does not show in the time taken.
    const same = timingSafeEqual(row?.secret_hash ?? NO_HASH, Buffer.from(digest, 'base64'));
    if (!row || !same) throw new GatewayError('UNAUTHENTICATED', KEY_REFUSED);
    const until = now + Math.min(KEY_CACHE_MS, row.expires_in ?? Number.POSITIVE_INFINITY);
    return { principal: principalOf(row), allowed: row.allowed_ips ? rangesOf(row.allowed_ips) : undefined, until };
  }

  function loadOnce(secret: string, digest: string): Promise<Known> {
    const underWay = loading.get(digest);
    if (underWay) return underWay;
    const begun = load(secret, digest).finally(() => {
      if (loading.get(digest) === begun) loading.delete(digest);
    });
    loading.set(digest, begun);
    return begun;
  }

  return {
    async read(secret, address, keyId) {
      const digest = hash('sha256', secret, 'base64');
      let known = cache.get(digest);
      if (!known || known.until <= clock()) {
        cache.delete(digest);
        const before = age;
        known = await loadOnce(secret, digest);
        // A row read before a revocation must not be remembered after it.
        if (age === before) cache.set(digest, known);
      }
      const { principal, allowed } = known;
      const isNamed = keyId === undefined || (localId('ApiKey', keyId) ?? keyId) === principal.keyId;
      if (!isNamed || (allowed && !isWithin(allowed, address))) throw new GatewayError('UNAUTHENTICATED', KEY_REFUSED);
      used(principal);
      return principal;
    },
    forget() {
      age += 1;
      cache.clear();
      // Who asks after a revocation must not be answered by a row that was read before it.
      loading.clear();
    },
  };
}

function principalOf(row: KeyRow): Principal {
  return {
    kind: row.kind === 'SECRET' ? 'SECRET_KEY' : 'PUBLISHABLE_KEY',
    workspaceId: row.workspace_id,
    mode: row.mode,
    keyId: row.id,
    scopes: row.scopes,
    persistedOnly: row.persisted_only,
    ...(row.merchant_id !== null && { merchantId: row.merchant_id }),
    workspace: toWorkspaceSettings(row),
  };
}
