/** The one statement that turns a counted, right guess, or the click on a link, into a verified contact. */
import { setTimeout as pause } from 'node:timers/promises';
import type { World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import {
  type Connection,
  type Database,
  isDivisionByZero,
  runOne,
  type Transaction,
  violatedUnique,
} from '../entities/database.js';
import { contactChanged, eventsOf, type Fact, verificationData } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { givingWay, replacePrimary } from '../entities/primary-contact.js';
import { runTold, told, type ValuesOfWorld } from '../entities/told.js';
import type { VerificationKind } from '../entities/verification.js';
import type { Channel } from '../entities/verification-step.js';
import { type ContactKind, countryOf } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

const VERIFIED: Fact = {
  type: `'verification.verified'`,
  objectType: 'Verification',
  objectId: 'v.id',
  once: `'verified'`,
  data: verificationData('v', `'channel', s.channel, 'step', s.index`),
  step: { verificationId: 'v.id', index: 's.index' },
  from: 'changed join v on v.id = changed.id cross join s',
};

// A contact that was verified before is proved again, which changes nothing.
const CONTACT_VERIFIED = contactChanged('VERIFIED', {
  customerId: 'changed.customer_id',
  id: 'contact.id',
  kind: 'contact.kind',
  from: 'changed cross join contact',
  where: 'contact.is_new',
});

const PRIMARY = givingWay({
  workspaceId: 'v.workspace_id',
  mode: 'v.mode',
  customerId: 'v.customer_id',
  contactId: 'contact.id',
  kind: 'contact.kind',
});

// `status = 'PENDING'` makes one winner of any number of right guesses or clicks: the others wait on the row and find
// it taken. Contact and primary are written by the same statement, so there is no moment at which the verification is
// spent and the contact is not verified. The row of wrong guesses at the contact ends; it is locked last, as guesses
// lock it, so that the two cannot deadlock.
//
// A customer who was deleted before, or whose row another change has while the statement waits for it, is not changed:
// whether a primary is verified was seen before that. Then the last line divides by zero, which undoes the verification
// and the contact with it, and all of it is done again.
const settleBy = ({ change, where, evidence }: { change: string; where: string; evidence: string }) =>
  told(
    ({ guard, telling, select }) => `
  with v as (
    update verification set status = 'VERIFIED', verified_at = now(), updated_at = now() ${change}
    where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING' ${where} ${guard}
    returning *
  ), s as (
    select t.* from v join verification_step t
      on t.workspace_id = v.workspace_id and t.mode = v.mode and t.verification_id = v.id and t.identity = $5
        and t.status <> 'PENDING'
    order by t.sends > 0 desc, t.index = v.current_step_index desc, t.index desc limit 1
  ), contact as (
    insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by)
    select v.workspace_id, v.mode, $4, v.customer_id, case s.channel when 'EMAIL' then 'EMAIL' else 'PHONE' end,
           s.recipient, s.identity, now(), ${evidence}
    from v cross join s
    on conflict (workspace_id, mode, customer_id, kind, identity) do update set
      verified_at = coalesce(contact_point.verified_at, excluded.verified_at),
      verified_by = coalesce(contact_point.verified_by, excluded.verified_by)
    returning id, kind, verified_at = now()::timestamptz(3) as is_new
  ), changed as (
    update customer c set ${PRIMARY.set}
    from v cross join contact cross join ${PRIMARY.from}
    where c.workspace_id = v.workspace_id and c.mode = v.mode and c.id = v.customer_id and c.deleted_at is null
      and ${PRIMARY.isAsSeen}
    returning ${VERIFICATION_COLUMNS}, contact.id as proven_id, contact.kind as proven_kind
  ), proven as (
    delete from guess_streak g using changed where g.workspace_id = $1 and g.mode = $2 and g.identity = $5
  ) ${telling(`, ${eventsOf(VERIFIED, CONTACT_VERIFIED)}`)}
  ${select(`
    select changed.*, s.channel, s.provider, 1 / (changed.id is not null)::int
    from v left join s on true left join changed on changed.id = v.id`)}`,
  );

const SETTLE = {
  // The attempt that was counted is given back.
  CODE: settleBy({ change: ', failed_attempts = failed_attempts - 1', where: '', evidence: `s.channel || '_CODE'` }),
  // Nothing is counted before a click, so its statement has to look at the clock itself.
  LINK: settleBy({ change: '', where: `and kind = 'LINK' and expires_at > now()`, evidence: `'EMAIL_LINK'` }),
};

/**
 * `TAKEN`: another right guess or click was first, or the link has expired. `IN_USE`: another customer has verified the
 * contact. `GONE`: the customer was deleted, or of one try: has changed meanwhile.
 */
export type Settled = SettledVerification | 'TAKEN' | 'IN_USE' | 'GONE';

/** Changes of one customer at once are few: each try but the first waits for a moment, and one of any number gets through. */
export const SETTLE_TRIES = 12;

export interface SettledVerification extends VerificationRecord {
  /** The step that carried the proof. */
  readonly provenBy: { readonly channel: Channel; readonly provider: string; readonly country: string | undefined };
}

export interface Proof {
  readonly kind: VerificationKind;
  /** The verification. */
  readonly id: string;
  /** The contact that a code or link went to. */
  readonly identity: string;
  /** Whether a verified primary contact gives way; an unverified one always does. */
  readonly updatePrimary: boolean;
}

export interface SettleDeps {
  readonly database: Database;
  readonly outbox: Outbox;
}

/**
 * One statement where nothing else changes the customer; with `updatePrimary` a transaction, in which the contact that
 * gives way is told.
 * @throws {GatewayError} SERVICE_UNAVAILABLE where something else changed the customer each time
 */
export async function settle({ database, outbox }: SettleDeps, world: World, proof: Proof): Promise<Settled> {
  const work = (transaction: Transaction) => settleAsPrimary(outbox, transaction, world, proof);
  for (let tries = 1; ; tries += 1) {
    const outcome = proof.updatePrimary
      ? await settled(proof, () => database.transaction(work))
      : await settleOn(database.pool, world, proof);
    if (outcome !== 'GONE' || (await isDeleted(database.pool, world, proof.id))) return outcome;
    if (tries === SETTLE_TRIES)
      throw new GatewayError('SERVICE_UNAVAILABLE', 'The customer was changed meanwhile, again and again; try again.');
    await pause(tries);
  }
}

const CUSTOMER = prepared(`
  select 1 from verification v join customer c on c.workspace_id = v.workspace_id and c.mode = v.mode and c.id = v.customer_id
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and c.deleted_at is null`);

const isDeleted = async (pool: Connection, { workspaceId, mode }: World, id: string) =>
  (await runOne(pool, CUSTOMER, [workspaceId, mode, id])) === undefined;

/**
 * The one statement, tried once, on a connection of the caller's; where that is a transaction, `GONE` has ended it. It
 * never replaces a verified primary.
 */
export function settleOn(connection: Connection, world: World, proof: Proven): Promise<Settled> {
  return settled(proof, () => settleRow(connection, world, proof));
}

async function settled(proof: Proven, work: () => Promise<SettledRow | undefined>): Promise<Settled> {
  try {
    const row = await work();
    return row ? toSettled(row, proof) : 'TAKEN';
  } catch (error) {
    if (violatedUnique(error) === 'contact_point_verified_owner_unique') return 'IN_USE';
    if (isDivisionByZero(error)) return 'GONE';
    throw error;
  }
}

interface SettledRow extends VerificationRow {
  readonly proven_id: string;
  readonly proven_kind: ContactKind;
  readonly channel: Channel;
  readonly provider: string;
}

function toSettled(row: SettledRow, { identity }: Proven): SettledVerification {
  const { channel, provider } = row;
  return { ...toVerification(row), provenBy: { channel, provider, country: countryOf(identity) } };
}

type Proven = Pick<Proof, 'kind' | 'id' | 'identity'>;

async function settleRow(connection: Connection, { workspaceId, mode }: World, { kind, id, identity }: Proven) {
  const values: ValuesOfWorld = [workspaceId, mode, id, newId(), identity];
  const [row] = await runTold<SettledRow>(connection, SETTLE[kind], values);
  return row?.id ? row : undefined;
}

async function settleAsPrimary(outbox: Outbox, transaction: Transaction, world: World, proof: Proof) {
  const { workspaceId, mode } = world;
  const row = await settleRow(transaction, world, proof);
  if (!row) return undefined;
  const { customer_id: customerId, proven_id: contactId, proven_kind: kind } = row;
  const left = await replacePrimary(transaction, { workspaceId, mode, customerId, contactId, kind });
  if (left) await outbox.enqueueNotice(transaction, { workspaceId, mode, customerId, kind, contact: left });
  return row;
}
