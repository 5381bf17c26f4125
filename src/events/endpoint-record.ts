/** An endpoint as the use cases hand it out: without its secrets. */
import { type Timestamp, toDate, toDateOrNull } from '../entities/database.js';
import type { DISABLED_REASONS, EndpointStatus } from '../entities/webhook-endpoint.js';

export interface EndpointRecord {
  readonly id: string;
  /** Null: events are written to be read, and sent nowhere. */
  readonly url: string | null;
  /** Empty: all. */
  readonly eventTypes: readonly string[];
  readonly includeContacts: boolean;
  readonly status: EndpointStatus;
  readonly disabledReason: (typeof DISABLED_REASONS)[number] | null;
  /** Until when the secret before the last rotation signs beside the new one; null where it does not. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An endpoint with its secret, which is shown this once. */
export interface CreatedEndpoint {
  readonly endpoint: EndpointRecord;
  /** `whsec_…`. */
  readonly secret: string;
}

export const ENDPOINT_COLUMNS = `
  id, url, event_types, include_contacts, status, disabled_reason, created_at, updated_at,
  case when previous_until > now() then previous_until end as previous_until`;

export interface EndpointRow {
  id: string;
  url: string | null;
  event_types: string[];
  include_contacts: boolean;
  status: EndpointStatus;
  disabled_reason: EndpointRecord['disabledReason'];
  created_at: Timestamp;
  updated_at: Timestamp;
  previous_until: Timestamp | null;
}

export function toEndpoint(row: EndpointRow): EndpointRecord {
  return {
    id: row.id,
    url: row.url,
    eventTypes: row.event_types,
    includeContacts: row.include_contacts,
    status: row.status,
    disabledReason: row.disabled_reason,
    previousSecretUntil: toDateOrNull(row.previous_until),
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  };
}
