/** A proof is settled: by one statement, tried again where the customer changes meanwhile. */
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
import { prepared } from '../entities/prepared.js';
import { replacePrimary } from '../entities/primary-contact.js';
import type { Channel } from '../entities/verification-step.js';
import { countryOf } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { toVerification, type VerificationRecord } from './record.js';
import { type Proven, type SettledRow, settleRow } from './settle-statement.js';

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

export interface Proof extends Proven {
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

function toSettled(row: SettledRow, { identity }: Proven): SettledVerification {
  const { channel, provider } = row;
  return { ...toVerification(row), provenBy: { channel, provider, country: countryOf(identity) } };
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
