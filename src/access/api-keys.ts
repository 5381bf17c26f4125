/** API keys at rest: minted once, stored as a hash. */
import { hash } from 'node:crypto';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../entities/columns.js';
import { type Connection, run } from '../entities/database.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { mintKey } from './key-format.js';
import { isScope, PUBLISHABLE_KEY_SCOPES, type Scope, SECRET_KEY_SCOPES } from './scopes.js';

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

/** Ends a key; true when it was there and not ended before. Processes that have it cached follow within KEY_CACHE_MS. */
export async function revokeKey(connection: Connection, id: string): Promise<boolean> {
  const revoked = await run(
    connection,
    'update api_key set revoked_at = now(), updated_at = now() where id = $1 and revoked_at is null returning id',
    [id],
  );
  return revoked.length === 1;
}
