/** API keys at rest and on request: minted once, stored as a hash, read through a short cache. */
import { hash, timingSafeEqual } from 'node:crypto';
import { API_KEY_KINDS, type ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../entities/columns.js';
import { type Connection, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Clock } from '../kernel/clock.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { localId, newId } from '../kernel/ids.js';
import { mintKey, parseKey } from './key-format.js';
import type { Principal, WorkspaceSettings } from './principal.js';
import { isScope, PUBLISHABLE_KEY_SCOPES, type Scope, SECRET_KEY_SCOPES } from './scopes.js';

/** How long a revoked key may still be accepted by another process: the age at which a cached key is read again. */
export const KEY_CACHE_MS = 5_000;
const KEY_CACHE_SIZE = 10_000;

export interface NewKey {
  workspaceId: string;
  mode: Mode;
  kind: ApiKeyKind;
  name: string;
  /** Absent: all that the kind may hold. */
  scopes?: readonly string[];
  persistedOnly?: boolean;
  merchantId?: string;
}

export interface CreatedKey {
  id: string;
  /** The whole key; this is the only time it can be told. */
  secret: string;
  kind: ApiKeyKind;
  mode: Mode;
  scopes: readonly Scope[];
}

/** @throws {GatewayError} BAD_USER_INPUT for a scope that the kind may not hold */
export async function createKey(connection: Connection, input: NewKey): Promise<CreatedKey> {
  const allowed = input.kind === 'SECRET' ? SECRET_KEY_SCOPES : PUBLISHABLE_KEY_SCOPES;
  const scopes = (input.scopes ?? allowed).map((scope) => {
    if (!isScope(scope)) throw badInput('scopes', `${scope} is not a scope`);
    if (!allowed.includes(scope)) throw badInput('scopes', `a ${input.kind.toLowerCase()} key cannot hold ${scope}`);
    return scope;
  });
  const { secret, lookup } = mintKey(input.kind, input.mode);
  const id = newId();
  await run(
    connection,
    `insert into api_key (workspace_id, mode, id, lookup, secret_hash, name, kind, scopes, persisted_only, merchant_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      input.workspaceId,
      input.mode,
      id,
      lookup,
      hash('sha256', secret, 'buffer'),
      input.name,
      input.kind,
      scopes,
      input.persistedOnly ?? false,
      input.merchantId ?? null,
    ],
  );
  return { id, secret, kind: input.kind, mode: input.mode, scopes };
}

/** Ends a key; true when it was there and not ended before. Other processes follow within KEY_CACHE_MS. */
export async function revokeKey(connection: Connection, id: string): Promise<boolean> {
  const revoked = await run(
    connection,
    'update api_key set revoked_at = now(), updated_at = now() where id = $1 and revoked_at is null returning id',
    [id],
  );
  return revoked.length === 1;
}

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

interface KeyRow extends WorkspaceRow {
  workspace_id: string;
  mode: Mode;
  id: string;
  secret_hash: Uint8Array;
  kind: (typeof API_KEY_KINDS)[number];
  scopes: string[];
}

interface WorkspaceRow {
  app_name: string;
  default_locale: string;
  eligible_countries: string[];
  contact_verification_policy: WorkspaceSettings['contactVerificationPolicy'];
}

const SELECT_KEY = prepared(`
  select k.workspace_id, k.mode, k.id, k.secret_hash, k.kind, k.scopes,
         w.app_name, w.default_locale, w.eligible_countries, w.contact_verification_policy
  from api_key k join workspace w on w.id = k.workspace_id
  where k.lookup = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`);

const NO_HASH = Buffer.alloc(32);
const REFUSED = 'The API key is not valid: unknown, expired, revoked or mistyped.';

export function createKeyReader(pool: Connection, clock: Clock): KeyReader {
  const cache = new Map<string, { principal: Principal; until: number }>();

  async function load(secret: string, digest: Buffer): Promise<Principal> {
    const parsed = parseKey(secret);
    const row = parsed && (await runOne<KeyRow>(pool, SELECT_KEY, [parsed.lookup]));
    // An unknown key is compared too: whether the public part exists does not show in the time taken.
    const same = timingSafeEqual(row?.secret_hash ?? NO_HASH, digest);
    if (!row || !same) throw new GatewayError('UNAUTHENTICATED', REFUSED);
    return principalOf(row);
  }

  return {
    async read(secret, keyId) {
      const digest = hash('sha256', secret, 'buffer');
      const name = digest.toString('latin1');
      const known = cache.get(name);
      let principal = known && known.until > clock() ? known.principal : undefined;
      if (!principal) {
        cache.delete(name);
        principal = await load(secret, digest);
        if (cache.size >= KEY_CACHE_SIZE) cache.delete(cache.keys().next().value as string);
        cache.set(name, { principal, until: clock() + KEY_CACHE_MS });
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
    workspace: {
      appName: row.app_name,
      defaultLocale: row.default_locale,
      eligibleCountries: row.eligible_countries,
      contactVerificationPolicy: row.contact_verification_policy,
    },
  };
}
