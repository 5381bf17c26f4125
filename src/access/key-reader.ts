/** API keys on request: looked up by their public part, compared as hashes, kept in a short cache. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../entities/columns.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import { parseKey } from './key-format.js';
import type { Principal } from './principal.js';
import { toWorkspaceSettings, WORKSPACE_SETTINGS, type WorkspaceSettingsRow } from './workspace-settings.js';

/** How long a revoked key may still be accepted by another process: the age at which a cached key is read again. */
export const KEY_CACHE_MS = 5_000;
const KEY_CACHE_SIZE = 10_000;

/** Turns the text of a key into a principal. */
export interface KeyReader {
  /**
   * @param keyId the key's id where the caller names it (HTTP Basic); it must be this key's
   * @throws {GatewayError} UNAUTHENTICATED, the same for unknown, revoked, expired and mistyped keys
   */
  read(secret: string, keyId?: string): Promise<Principal>;
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
}

const SELECT_KEY = prepared(`
  select k.workspace_id, k.mode, k.id, k.secret_hash, k.kind, k.scopes, k.persisted_only, k.merchant_id,
         ${WORKSPACE_SETTINGS}
  from api_key k join workspace w on w.id = k.workspace_id
  where k.lookup = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`);

const NO_HASH = Buffer.alloc(32);
const REFUSED = 'The API key is not valid: unknown, expired, revoked or mistyped.';

export function createKeyReader(pool: Connection, clock: Clock): KeyReader {
  const cache = new Map<string, { principal: Principal; until: number }>();

  async function load(secret: string, digest: string): Promise<Principal> {
    const parsed = parseKey(secret);
    const row = parsed && (await runOne<KeyRow>(pool, SELECT_KEY, [parsed.lookup]));
    // An unknown key is compared too: whether the public part exists does not show in the time taken.
    const same = timingSafeEqual(row?.secret_hash ?? NO_HASH, Buffer.from(digest, 'base64'));
    if (!row || !same) throw new GatewayError('UNAUTHENTICATED', REFUSED);
    return principalOf(row);
  }

  return {
    async read(secret, keyId) {
      const digest = hash('sha256', secret, 'base64');
      const known = cache.get(digest);
      let principal = known && known.until > clock() ? known.principal : undefined;
      if (!principal) {
        cache.delete(digest);
        // Taken before the row is read: the age of what is cached counts from then.
        const until = clock() + KEY_CACHE_MS;
        principal = await load(secret, digest);
        if (cache.size >= KEY_CACHE_SIZE) cache.delete(cache.keys().next().value as string);
        cache.set(digest, { principal, until });
      }
      if (keyId !== undefined && (localId('ApiKey', keyId) ?? keyId) !== principal.keyId) {
        throw new GatewayError('UNAUTHENTICATED', REFUSED);
      }
      return principal;
    },
    forget: () => cache.clear(),
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
