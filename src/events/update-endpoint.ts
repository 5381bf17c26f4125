/** The use case behind `updateWebhookEndpoint`. */
import { actorOf, recordAudit } from '../access/audit.js';
import { lockKeys } from '../access/lock-keys.js';
import type { Principal } from '../access/principal.js';
import { runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import type { EndpointDeps } from './create-endpoint.js';
import { ENDPOINT_COLUMNS, type EndpointRecord, type EndpointRow, toEndpoint } from './endpoint-record.js';
import { checkedTypes, checkedUrl, refuseContacts } from './endpoint-terms.js';

export interface UpdateEndpointInput {
  readonly id: string;
  /** Null takes it away; absent leaves it. */
  readonly url?: string | null | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly includeContacts?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}

const UPDATE = prepared(`
  update webhook_endpoint set
    url = case when $4::boolean then $5 else url end,
    event_types = coalesce($6::text[], event_types),
    include_contacts = coalesce($7::boolean, include_contacts),
    status = case $8::boolean when true then 'ENABLED' when false then 'DISABLED' else status end,
    disabled_reason = case $8::boolean when true then null when false then 'REQUESTED' else disabled_reason end,
    updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3
  returning ${ENDPOINT_COLUMNS}`);

/**
 * Changes an endpoint; what is absent stays. What waited while it was disabled is told when it is enabled again.
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN, NOT_FOUND, or UNAUTHENTICATED for a key that was revoked a moment ago
 */
export async function updateEndpoint(
  { database, outside }: Pick<EndpointDeps, 'database' | 'outside'>,
  caller: Principal,
  input: UpdateEndpointInput,
): Promise<EndpointRecord> {
  const { id, eventTypes, includeContacts, enabled } = input;
  const url = typeof input.url === 'string' ? checkedUrl(outside, input.url) : input.url;
  const types = eventTypes && checkedTypes(eventTypes);
  const changes = { url, eventTypes: types, includeContacts, enabled };
  return database.transaction(async (transaction) => {
    await lockKeys(transaction, caller);
    const given = [url !== undefined, url ?? null, types ?? null, includeContacts ?? null, enabled ?? null];
    const row = await runOne<EndpointRow>(transaction, UPDATE, [caller.workspaceId, caller.mode, id, ...given]);
    if (!row) throw new GatewayError('NOT_FOUND', 'There is no such endpoint.');
    // As it is now: a key that may not read contacts may not send them somewhere else either.
    if (row.include_contacts) refuseContacts(caller);
    await recordAudit(transaction, caller, actorOf(caller), {
      action: 'webhook_endpoint.updated',
      objectType: 'WebhookEndpoint',
      objectId: id,
      details: { changed: Object.keys(changes).filter((name) => changes[name as keyof typeof changes] !== undefined) },
    });
    return toEndpoint(row);
  });
}
