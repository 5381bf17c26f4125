/** Ids: as rows have them, and as the API calls objects. */
import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';
import { type Clock, wallClock } from './clock.js';

/** The types that carry a global id (GraphQL Global Object Identification). */
export const NODE_TYPES = [
  'Customer',
  'ContactPoint',
  'Verification',
  'ApiKey',
  'Workspace',
  'SavedMethod',
  'AuditEvent',
  'WebhookEndpoint',
  'Event',
] as const;

export type NodeType = (typeof NODE_TYPES)[number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let clock: Clock = wallClock;
let last = { msecs: 0, seq: 0 };

/** A clock that went back by less than this is waited for; by more, it was wrong before. */
const STEP_BACK_MS = 1_000;

/**
 * Makes ids from now on by another clock than this host's: the database's. The newest of what several hosts have written
 * is the one with the highest id, and rows of a time are found by their ids.
 * @param another in milliseconds since 1970
 */
export function setIdClock(another: Clock): void {
  clock = another;
}

/**
 * A time-ordered UUID (RFC 9562 section 5.7): rows sort by creation without a sequence, those of one process also
 * within a millisecond (section 6.2), where contacts of one customer are made together.
 */
export function newId(): string {
  const now = Math.round(clock());
  // The library's own state never goes back: a host whose clock was an hour ahead for a moment would be so for an hour.
  const isAnother = now > last.msecs || now < last.msecs - STEP_BACK_MS;
  last = isAnother ? { msecs: now, seq: randomInt(2 ** 31) } : { msecs: last.msecs, seq: last.seq + 1 };
  return v7(last);
}

/** True for a UUID as the gateway writes them, in lower case. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** `Customer:<uuid>`: what the API calls an object. */
export function globalId(type: NodeType, id: string): string {
  return `${type}:${id}`;
}

/** The UUID inside a global id of this type, or undefined for anything else: such an object does not exist. */
export function localId(type: NodeType, value: string): string | undefined {
  const id = value.startsWith(`${type}:`) ? value.slice(type.length + 1).toLowerCase() : '';
  return isUuid(id) ? id : undefined;
}

/** The type that a global id names, or undefined where it names none that there is. */
export function typeOfId(value: string): NodeType | undefined {
  return NODE_TYPES.find((type) => value.startsWith(`${type}:`));
}
