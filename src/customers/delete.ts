/** The use case behind `deleteCustomer`. */
import { type Actor, recordAudit } from '../access/audit.js';
import type { World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import { type Database, run, runOne } from '../entities/database.js';
import { contactChanged, contactRow, eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { GatewayError } from '../kernel/errors.js';
import { type ProviderRegistry, takesCancel } from '../providers/registry.js';
import { noSuchCustomer } from './lock-customer.js';

const CANCEL = prepared(`
  with v as (
    update verification v set status = 'CANCELED', updated_at = now()
    where workspace_id = $1 and mode = $2 and customer_id = $3 and ${isOpen('v')}
    returning id
  )
  select v.id, array(
    select distinct s.provider from verification_step s
    where s.workspace_id = $1 and s.mode = $2 and s.verification_id = v.id and s.sends > 0) as senders
  from v`);

const FREE = prepared(`
  with gone as (
  update contact_point set verified_at = null, verified_by = null, attested_by = null
  where workspace_id = $1 and mode = $2 and customer_id = $3 and verified_at is not null
  returning *
  ), ${eventsOf(contactChanged('REMOVED', contactRow('gone')))}
  select 1 where false`);

const MARK = prepared(`
  update customer set deleted_at = now(), updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3 and deleted_at is null
  returning id`);

// Their instruments go with them.
const FORGET = prepared('delete from saved_method where workspace_id = $1 and mode = $2 and customer_id = $3');

// A contact that was verified between the two statements is found by neither. Once the customer is held, no other comes.
const MISSED = prepared(`
  select 1 from contact_point
  where workspace_id = $1 and mode = $2 and customer_id = $3 and verified_at is not null limit 1`);

/** Ends a deletion that has missed something, so that it can be begun again. */
class Missed extends Error {
  override readonly name = 'Missed';
}

const TRIES = 3;

export interface DeleteDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly providers: ProviderRegistry;
}

export interface Deletion {
  readonly id: string;
  readonly requestId: string;
}

/**
 * Marks a customer as deleted, frees the contacts they had verified, forgets the methods they had saved, and
 * cancels what is under way. Vendors that hold a code of it are told by the queue, as after `cancelVerification`.
 * @throws {GatewayError} NOT_FOUND, also for one who is deleted already; SERVICE_UNAVAILABLE
 */
export async function deleteCustomer(deps: DeleteDeps, world: World, actor: Actor, deletion: Deletion): Promise<void> {
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      return await deleteOnce(deps, world, actor, deletion);
    } catch (error) {
      if (!(error instanceof Missed)) throw error;
    }
  }
  throw new GatewayError('SERVICE_UNAVAILABLE', 'The contacts of the customer changed meanwhile; try again.');
}

async function deleteOnce({ database, outbox, providers }: DeleteDeps, world: World, actor: Actor, deletion: Deletion) {
  const { workspaceId, mode } = world;
  const { id, requestId } = deletion;
  const values = [workspaceId, mode, id];
  await database.transaction(async (transaction) => {
    // In the order in which a confirmation locks its rows: verification, contact, customer.
    const canceled = await run<{ id: string; senders: string[] }>(transaction, CANCEL, values);
    await run(transaction, FREE, values);
    if (!(await runOne(transaction, MARK, values))) throw noSuchCustomer();
    if (await runOne(transaction, MISSED, values)) throw new Missed();
    // Once the customer is held: a save that came before has ended, and one that comes after finds nobody.
    await run(transaction, FORGET, values);
    const held = canceled.filter(({ senders }) => senders.some((name) => takesCancel(providers, name)));
    const jobs = held.map(({ id: verificationId }) => ({ workspaceId, mode, verificationId, requestId }));
    if (jobs.length > 0) await outbox.enqueueCancel(transaction, jobs);
    const what = { action: 'customer.deleted', objectType: 'Customer', objectId: id } as const;
    await recordAudit(transaction, world, actor, what);
  });
}
