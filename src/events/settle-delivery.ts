/** Writing down what became of an attempt. A process that was thought dead and is late changes nothing. */
import { recordAudit } from '../access/audit.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { globalId } from '../kernel/ids.js';
import type { Claimed } from './claim.js';
import type { Attempt } from './send-webhook.js';

/** Seconds before the second attempt; the pause triples, up to the longest. */
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 8 * 3600;

// A number alone would not do: an event that is asked for again begins at one, while an attempt is under way.
const MINE = `d.workspace_id = $1 and d.mode = $2 and d.endpoint_id = $3 and d.event_id = $4 and d.attempts = $5
    and d.leased_until = $6 and d.status = 'PENDING'`;

// What stood behind it in its object's line may have been put off with it.
const DELIVERED = prepared(`
  with done as (
    update event_delivery d set status = 'DELIVERED', delivered_at = now(), last_status_code = $7, last_failure = null,
      leased_until = null
    where ${MINE} returning d.*
  )
  update event_delivery d set next_attempt_at = now() from done
  where d.workspace_id = $1 and d.mode = $2 and d.endpoint_id = $3 and d.object_id = done.object_id
    and d.event_id > $4 and d.status = 'PENDING' and d.next_attempt_at > now()`);

// The last attempt is at the end of its time, and not a pause before it. A tenth of chance keeps what failed together
// from coming back together.
const PAUSE = `least(${LONGEST_PAUSE_SECONDS}, ${FIRST_PAUSE_SECONDS} * power(3, least(d.attempts, 20) - 1))
    * (0.9 + 0.2 * random()) * interval '1 second'`;

// Those behind it in its object's line wait with it.
const FAILED = prepared(`
  with failed as (
    update event_delivery d set last_status_code = $7, last_failure = $8, leased_until = null,
      status = case when d.give_up_at <= now() then 'GIVEN_UP' else 'PENDING' end,
      next_attempt_at = least(now() + ${PAUSE}, greatest(d.give_up_at, now()))
    where ${MINE} returning d.*
  ), behind as (
    update event_delivery d set next_attempt_at = greatest(d.next_attempt_at, failed.next_attempt_at) from failed
    where d.workspace_id = $1 and d.mode = $2 and d.endpoint_id = $3 and d.object_id = failed.object_id
      and d.event_id > $4 and d.status = 'PENDING' and failed.status = 'PENDING'
  )
  select status from failed`);

// An endpoint whose URL was changed meanwhile did not say this.
const GONE = prepared(`
  update webhook_endpoint set status = 'DISABLED', disabled_reason = 'GONE', updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3 and url = $4 and status = 'ENABLED'
  returning id`);

// It is told when the endpoint is enabled again, in its time.
const KEPT = prepared(`
  update event_delivery d set last_status_code = $7, last_failure = $8, leased_until = null
  where ${MINE} returning d.status`);

export type Outcome = 'DELIVERED' | 'RETRY' | 'GIVEN_UP' | 'GONE';

/** The status that says that a receiver wants nothing more (Standard Webhooks, "Delivery requirements"). */
const HTTP_GONE = 410;

export async function settleDelivery(database: Database, claimed: Claimed, attempt: Attempt): Promise<Outcome> {
  const { pool } = database;
  const { workspaceId, mode, endpointId, eventId, attempts, leasedUntil } = claimed;
  const values = [workspaceId, mode, endpointId, eventId, attempts, leasedUntil, attempt.statusCode];
  if (attempt.failure === null) {
    await runOne(pool, DELIVERED, values);
    return 'DELIVERED';
  }
  if (attempt.statusCode === HTTP_GONE) {
    await runOne(pool, KEPT, [...values, attempt.failure]);
    await disable(database, claimed);
    return 'GONE';
  }
  const row = await runOne<{ status: 'PENDING' | 'GIVEN_UP' }>(pool, FAILED, [...values, attempt.failure]);
  return row?.status === 'GIVEN_UP' ? 'GIVEN_UP' : 'RETRY';
}

function disable(database: Database, claimed: Claimed): Promise<void> {
  const { workspaceId, mode, endpointId, url } = claimed;
  return database.transaction(async (transaction) => {
    if (!(await runOne(transaction, GONE, [workspaceId, mode, endpointId, url]))) return;
    await recordAudit(
      transaction,
      claimed,
      { kind: 'ENDPOINT', id: globalId('WebhookEndpoint', endpointId) },
      {
        action: 'webhook_endpoint.disabled',
        objectType: 'WebhookEndpoint',
        objectId: endpointId,
        details: { reason: 'GONE' },
      },
    );
  });
}
