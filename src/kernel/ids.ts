/** Ids: as rows have them, and as the API calls objects. */
import { v7 } from 'uuid';

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

/**
 * A time-ordered UUID (RFC 9562 section 5.7): rows sort by creation without a sequence, those of one process also
 * within a millisecond (section 6.2), where contacts of one customer are made together.
 */
export function newId(): string {
  return v7();
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
