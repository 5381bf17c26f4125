/** The use case behind `createWebhookEndpoint`. */
import { actorOf, recordAudit } from '../access/audit.js';
import { lockKeys } from '../access/lock-keys.js';
import type { Principal } from '../access/principal.js';
import { type Database, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Outside } from '../providers/outside.js';
import { type CreatedEndpoint, ENDPOINT_COLUMNS, type EndpointRow, toEndpoint } from './endpoint-record.js';
import { checkedTypes, checkedUrl, refuseContacts } from './endpoint-terms.js';
import { mintSecret, sealSecret } from './webhook-secret.js';

export interface EndpointDeps {
  readonly database: Database;
  readonly webhookKeys: KeyRing;
  readonly outside: Outside;
}

export interface CreateEndpointInput {
  /** Absent: events are written to be read, and sent nowhere. */
  readonly url: string | undefined;
  readonly eventTypes: readonly string[];
  readonly includeContacts: boolean;
}

/** Endpoints of one world: every event is written once for each that wants it. */
export const MAX_ENDPOINTS = 20;

// Held until the end: of two at once, the second counts what the first has made.
const LOCK = prepared('select id from workspace where id = $1 for no key update');
const COUNT = prepared(`
  select count(*)::int as count from webhook_endpoint where workspace_id = $1 and mode = $2`);

const INSERT = prepared(`
  insert into webhook_endpoint (workspace_id, mode, id, url, event_types, include_contacts, key_id, sealed)
  values ($1, $2, $3, $4, $5::text[], $6, $7, $8)
  returning ${ENDPOINT_COLUMNS}`);

/**
 * Makes an endpoint. What happens after the answer is told there.
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN, UNAUTHENTICATED for a key that was revoked a moment ago, or CONFLICT where there are too many
 */
export async function createEndpoint(
  { database, webhookKeys, outside }: EndpointDeps,
  caller: Principal,
  input: CreateEndpointInput,
): Promise<CreatedEndpoint> {
  const url = input.url === undefined ? null : checkedUrl(outside, input.url);
  const types = checkedTypes(input.eventTypes);
  const { includeContacts } = input;
  if (includeContacts) refuseContacts(caller);
  const { workspaceId, mode } = caller;
  const id = newId();
  const secret = mintSecret();
  const { keyId, box } = sealSecret(webhookKeys, { workspaceId, mode, endpointId: id }, secret);
  return database.transaction(async (transaction) => {
    await lockKeys(transaction, caller);
    await run(transaction, LOCK, [workspaceId]);
    const there = await runOne<{ count: number }>(transaction, COUNT, [workspaceId, mode]);
    if ((there?.count ?? 0) >= MAX_ENDPOINTS) {
      throw new GatewayError('CONFLICT', `There are ${MAX_ENDPOINTS} endpoints already.`);
    }
    const values = [workspaceId, mode, id, url, types, includeContacts, keyId, box];
    const endpoint = toEndpoint((await runOne<EndpointRow>(transaction, INSERT, values)) as EndpointRow);
    await recordAudit(transaction, caller, actorOf(caller), {
      action: 'webhook_endpoint.created',
      objectType: 'WebhookEndpoint',
      objectId: id,
      // Never the URL: its path or query may be a secret of the receiver's.
      details: { eventTypes: types, includeContacts },
    });
    return { endpoint, secret };
  });
}
