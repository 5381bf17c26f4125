/** An API key as callers see it: neither its hash nor what finds it. */
import type { ApiKeyKind } from '../entities/api-key.js';
import { type Timestamp, toDate, toDateOrNull } from '../entities/database.js';
import type { Mode } from '../kernel/world.js';

export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: ApiKeyKind;
  readonly mode: Mode;
  readonly scopes: readonly string[];
  readonly persistedOnly: boolean;
  readonly merchantId: string | null;
  /** Addresses and ranges that it is good from; null: everywhere. */
  readonly allowedIps: readonly string[] | null;
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A record, this once with the whole key. */
export type CreatedKey = ApiKeyRecord & { readonly secret: string };

export const KEY_COLUMNS = `
  id, name, kind, mode, scopes, persisted_only, merchant_id, allowed_ips, created_at, last_used_at, expires_at,
  revoked_at`;

export interface ApiKeyRow {
  id: string;
  name: string;
  kind: ApiKeyKind;
  mode: Mode;
  scopes: string[];
  persisted_only: boolean;
  merchant_id: string | null;
  allowed_ips: string[] | null;
  created_at: Timestamp;
  last_used_at: Timestamp | null;
  expires_at: Timestamp | null;
  revoked_at: Timestamp | null;
}

export function toApiKey(row: ApiKeyRow): ApiKeyRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    mode: row.mode,
    scopes: row.scopes,
    persistedOnly: row.persisted_only,
    merchantId: row.merchant_id,
    allowedIps: row.allowed_ips,
    createdAt: toDate(row.created_at),
    lastUsedAt: toDateOrNull(row.last_used_at),
    expiresAt: toDateOrNull(row.expires_at),
    revokedAt: toDateOrNull(row.revoked_at),
  };
}
