import { defineEntity, p } from '@mikro-orm/core';
import { timestamps, worldKey } from './columns.js';

export const ENDPOINT_STATUSES = ['ENABLED', 'DISABLED'] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

/** REQUESTED: its owner said so. GONE: it answered 410, and wants nothing more. */
export const DISABLED_REASONS = ['REQUESTED', 'GONE'] as const;

/** Where a workspace is told of events. Its secrets are sealed: a copy of the row signs nothing. */
export const WebhookEndpoint = defineEntity({
  name: 'WebhookEndpoint',
  tableName: 'webhook_endpoint',
  checks: [
    {
      name: 'webhook_endpoint_reason_check',
      expression: `("status" = 'DISABLED') = ("disabled_reason" is not null)`,
    },
    {
      name: 'webhook_endpoint_previous_check',
      expression:
        '("previous_sealed" is null) = ("previous_key_id" is null) and ("previous_sealed" is null) = ("previous_until" is null)',
    },
  ],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    /** Null: events are written to be read, and sent nowhere. */
    url: p.string().length(2048).nullable(),
    /** Empty: all of them, those of later versions too. */
    eventTypes: p.array().default([]),
    includeContacts: p.boolean().default(false),
    status: p.enum(ENDPOINT_STATUSES).default('ENABLED'),
    disabledReason: p.enum(DISABLED_REASONS).nullable(),
    /** Which key of the ring the secret is sealed with. */
    keyId: p.string().columnType('char(8)'),
    sealed: p.blob(),
    /** The secret before the last rotation, which signs beside the new one until then. */
    previousKeyId: p.string().columnType('char(8)').nullable(),
    previousSealed: p.blob().nullable(),
    previousUntil: p.datetime(3).nullable(),
    ...timestamps,
  },
});
