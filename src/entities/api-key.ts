import { defineEntity, p } from '@mikro-orm/core';
import { MODES } from '../kernel/world.js';
import { timestamps } from './columns.js';

export const API_KEY_KINDS = ['PUBLISHABLE', 'SECRET'] as const;
export type ApiKeyKind = (typeof API_KEY_KINDS)[number];

/** A key of a workspace. The row can check a key and cannot make one: only its SHA-256 is here. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  checks: [
    {
      name: 'api_key_allowed_ips_check',
      expression: 'cardinality("allowed_ips") >= 1 and cardinality("allowed_ips") <= 100',
    },
  ],
  uniques: [{ name: 'api_key_lookup_unique', properties: ['lookup'] }],
  properties: {
    workspaceId: p.uuid().primary(),
    mode: p.enum(MODES).primary(),
    id: p.uuid().primary(),
    /** The public part of the key: finds the row, proves nothing. */
    lookup: p.string().length(12),
    secretHash: p.blob(),
    name: p.string().length(100),
    kind: p.enum(API_KEY_KINDS),
    scopes: p.array(),
    persistedOnly: p.boolean().default(false),
    merchantId: p.string().length(100).nullable(),
    /** Addresses and ranges that it is good from; null: everywhere. */
    allowedIps: p.array().nullable(),
    /** The key that took its place: a key is rotated once. */
    rotatedTo: p.uuid().nullable(),
    lastUsedAt: p.datetime(3).nullable(),
    expiresAt: p.datetime(3).nullable(),
    revokedAt: p.datetime(3).nullable(),
    ...timestamps,
  },
});
