import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

export const EVENT_DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'GIVEN_UP'] as const;
export type EventDeliveryStatus = (typeof EVENT_DELIVERY_STATUSES)[number];

/** What becomes of one event at one endpoint. The rows that are pending are the queue. */
export const EventDelivery = defineEntity({
  name: 'EventDelivery',
  tableName: 'event_delivery',
  indexes: [
    { name: 'event_delivery_of_event_index', properties: ['workspaceId', 'mode', 'eventId'] },
    {
      name: 'event_delivery_due_index',
      expression:
        'create index "event_delivery_due_index" on "event_delivery" ("workspace_id", "mode", "endpoint_id", "next_attempt_at") where "status" = \'PENDING\'',
    },
    {
      name: 'event_delivery_order_index',
      expression:
        'create index "event_delivery_order_index" on "event_delivery" ("workspace_id", "mode", "endpoint_id", "object_id", "event_id") where "status" = \'PENDING\'',
    },
  ],
  checks: [
    { name: 'event_delivery_delivered_check', expression: `("status" = 'DELIVERED') = ("delivered_at" is not null)` },
  ],
  properties: {
    ...worldKey,
    endpointId: p.uuid().primary(),
    eventId: p.uuid().primary(),
    /** The event's object: of its events, one is sent after the other. */
    objectId: p.uuid(),
    status: p.enum(EVENT_DELIVERY_STATUSES).default('PENDING'),
    attempts: p.smallint().default(0),
    nextAttemptAt: p.datetime(3).defaultRaw('now()'),
    /** While it is being sent: when somebody else may try, because whoever sends has not been heard of. */
    leasedUntil: p.datetime(3).nullable(),
    /** A failure after this is the last. */
    giveUpAt: p.datetime(3),
    /** What the endpoint answered last; null where it did not. */
    lastStatusCode: p.smallint().nullable(),
    lastFailure: p.string().length(100).nullable(),
    deliveredAt: p.datetime(3).nullable(),
  },
});
