/** API keys at rest: minted once, stored as a hash. */
import { hash } from 'node:crypto';
import type { ApiKeyKind } from '../entities/api-key.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { parseRange } from '../kernel/ip-address.js';
import type { Mode } from '../kernel/world.js';
import { mintKey } from './key-format.js';
import { type ApiKeyRow, type CreatedKey, KEY_COLUMNS, toApiKey } from './key-record.js';
import { isScope, PUBLISHABLE_KEY_SCOPES, type Scope, SECRET_KEY_SCOPES } from './scopes.js';

export interface NewKey {
  workspaceId: string;
  mode: Mode;
  kind: ApiKeyKind;
  name: string;
  /** Absent: all that the kind may hold. */
  scopes?: readonly string[] | undefined;
  persistedOnly?: boolean | undefined;
  merchantId?: string | undefined;
  /** Absent: until it is revoked. */
  expiresAt?: Date | undefined;
  /** Addresses and CIDR ranges that it is good from; absent: everywhere. */
  allowedIps?: readonly string[] | undefined;
}

const INSERT = prepared(`
  insert into api_key (workspace_id, mode, id, lookup, secret_hash, name, kind, scopes, persisted_only, merchant_id,
                       allowed_ips, expires_at)
  select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
  where $12::timestamptz is null or $12::timestamptz > now()
  returning ${KEY_COLUMNS}`);

/** @throws {GatewayError} BAD_USER_INPUT naming what a key of this kind cannot have */
export async function createKey(connection: Connection, input: NewKey): Promise<CreatedKey> {
  const { workspaceId, mode, kind } = input;
  const scopes = scopesOf(input);
  const name = plainText('input.name', input.name);
  const merchantId = input.merchantId === undefined ? null : plainText('input.merchantId', input.merchantId);
  const allowedIps = input.allowedIps ? checkedRanges(input.allowedIps) : null;
  const { secret, lookup } = mintKey(kind, mode);
  const stored = [newId(), lookup, secretHash(secret), name, kind, scopes, input.persistedOnly ?? false, merchantId];
  const values = [workspaceId, mode, ...stored, allowedIps, input.expiresAt ?? null];
  const row = await runOne<ApiKeyRow>(connection, INSERT, values);
  if (!row) throw badInput('input.expiresAt', 'must be in the future');
  return { ...toApiKey(row), secret };
}

/** 190 random bits need no slow hash, and no salt. */
export const secretHash = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/**
 * What a new key holds: what was asked for, or all that its kind may hold.
 * @throws {GatewayError} BAD_USER_INPUT for a scope that the kind may not hold
 */
function scopesOf({ kind, scopes }: Pick<NewKey, 'kind' | 'scopes'>): Scope[] {
  const allowed = kind === 'SECRET' ? SECRET_KEY_SCOPES : PUBLISHABLE_KEY_SCOPES;
  const checked = (scopes ?? allowed).map((scope, index) => {
    const argument = `input.scopes.${index}`;
    if (!isScope(scope)) throw badInput(argument, 'not a scope');
    if (!allowed.includes(scope)) throw badInput(argument, `a ${kind.toLowerCase()} key cannot hold this scope`);
    return scope;
  });
  return [...new Set(checked)];
}

const LONGEST = 100;

function plainText(argument: string, text: string): string {
  const value = text.trim();
  // Invisible and bidirectional characters would make one key look like another in a list.
  if (value === '' || value.length > LONGEST || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) {
    throw badInput(argument, `must be 1 to ${LONGEST} printable characters`);
  }
  return value;
}

const MOST_RANGES = 100;

function checkedRanges(ranges: readonly string[]): string[] {
  // A list that a program left empty by mistake must not open the key to everybody.
  if (ranges.length < 1 || ranges.length > MOST_RANGES) {
    throw badInput('input.allowedIps', `must be 1 to ${MOST_RANGES} addresses; leave it out to allow every address`);
  }
  const wrong = ranges.findIndex((range) => parseRange(range) === undefined);
  if (wrong < 0) return [...new Set(ranges)];
  throw badInput(`input.allowedIps.${wrong}`, 'not an address or a CIDR range without bits behind its prefix');
}
