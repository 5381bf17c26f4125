import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** Everything that an endpoint can be told of. */
export const EVENT_TYPES = [
  'verification.sent',
  'verification.delivered',
  'verification.undelivered',
  'verification.verified',
  'verification.failed',
  'verification.expired',
  'contact_verification.changed',
  'session.reuse_detected',
  'contact.blocked',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Something that happened, written by the statement that made it so. No contact is in it: it says where the contact
 * stands, and whoever may have it looks it up there.
 */
export const Event = defineEntity({
  name: 'Event',
  tableName: 'event',
  // Also finds the events of one object.
  uniques: [{ name: 'event_once_unique', properties: ['workspaceId', 'mode', 'objectId', 'once'] }],
  properties: {
    ...worldKey,
    /** Made by the database: the ids of one object's events are in the order in which they were written. */
    id: p.uuid().primary(),
    type: p.enum(EVENT_TYPES),
    objectType: p.string().length(30),
    objectId: p.uuid(),
    /** Names a fact that can be found out twice, such as by a report and by the answer to a call. */
    once: p.string().length(40).nullable(),
    data: p.json<Record<string, unknown>>(),
    /** Where the contact stands: in a step, or in a contact of the customer. */
    verificationId: p.uuid().nullable(),
    stepIndex: p.smallint().nullable(),
    contactPointId: p.uuid().nullable(),
    createdAt: p.datetime(3).defaultRaw('clock_timestamp()'),
  },
});
