/** The use case behind `redeliverEvent`. */
import { actorOf, recordAudit } from '../access/audit.js';
import type { Principal } from '../access/principal.js';
import { type Database, runOne } from '../entities/database.js';
import { TRIED_FOR_SECONDS } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import type { EndpointStatus } from '../entities/webhook-endpoint.js';
import { GatewayError } from '../kernel/errors.js';
import { globalId } from '../kernel/ids.js';

export interface RedeliverInput {
  readonly eventId: string;
  readonly endpointId: string;
}

// Held until it is queued: retention must not take the event from behind the answer.
const FIND = prepared(`
  select e.status, e.url is not null as "hasUrl"
  from event v join webhook_endpoint e on e.workspace_id = $1 and e.mode = $2 and e.id = $4
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 for key share of v`);

// Whoever sends it at this moment has lost it, because its lease is no more, and settles neither this nor what comes.
const QUEUE = prepared(`
  insert into event_delivery (workspace_id, mode, endpoint_id, event_id, object_id, give_up_at)
  select $1, $2, $4, v.id, v.object_id, now() + interval '${TRIED_FOR_SECONDS} seconds'
  from event v where v.workspace_id = $1 and v.mode = $2 and v.id = $3
  on conflict (workspace_id, mode, endpoint_id, event_id) do update set
    status = 'PENDING', attempts = 0, next_attempt_at = now(), give_up_at = excluded.give_up_at, delivered_at = null,
    leased_until = null, last_status_code = null, last_failure = null`);

/**
 * Sends an event to an endpoint once more, under the same `webhook-id`; also one that the endpoint did not ask for then.
 * @throws {GatewayError} NOT_FOUND, or CONFLICT where nothing is sent to the endpoint
 */
export async function redeliverEvent(
  database: Database,
  caller: Principal,
  { eventId, endpointId }: RedeliverInput,
): Promise<void> {
  await database.transaction(async (transaction) => {
    const values = [caller.workspaceId, caller.mode, eventId, endpointId];
    const found = await runOne<{ status: EndpointStatus; hasUrl: boolean }>(transaction, FIND, values);
    if (!found) throw new GatewayError('NOT_FOUND', 'There is no such event or endpoint.');
    if (found.status !== 'ENABLED' || !found.hasUrl) {
      const reason = found.hasUrl ? 'the endpoint is disabled' : 'the endpoint has no URL';
      throw new GatewayError('CONFLICT', `Nothing is sent there: ${reason}.`, { argument: 'input.endpointId', reason });
    }
    await runOne(transaction, QUEUE, values);
    await recordAudit(transaction, caller, actorOf(caller), {
      action: 'event.redelivered',
      objectType: 'Event',
      objectId: eventId,
      details: { endpointId: globalId('WebhookEndpoint', endpointId) },
    });
  });
}
