/** Counting a guess, in one guarded update: nothing is read and then written. */
import type { World } from '../access/principal.js';
import { type Connection, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GIVEN_BACK_AT_MOST } from '../entities/verification.js';
import type { ContactKind } from '../kernel/contact.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

/** Which verification a guess is for: one by id, or a customer's newest for a contact. */
export interface Target {
  verificationId?: string;
  customerId?: string;
  contactKind?: ContactKind;
  identity?: string;
}

// A step that waits for failover has sent no code: asking about its contact finds nothing and costs no attempt.
const sentTo = (verification: string, column = '') => `
      select ${column} from verification_step s
      where s.workspace_id = $1 and s.mode = $2 and s.verification_id = ${verification} and s.status <> 'PENDING'
        and ($5::text is null or ($5 = 'EMAIL') = (s.channel = 'EMAIL')) and ($6::text is null or s.identity = $6)`;

const CURRENT_FIRST = 'order by s.index = v.current_step_index desc, s.index desc';

const BY_ID = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and t.id = $3
    and ($4::uuid is null or t.customer_id = $4)
    and ($5::text is null and $6::text is null or exists (${sentTo('t.id')}))`;

const NEWEST = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and $3::uuid is null
    and t.customer_id = $4 and t.contact_kind = $5
    and ($6::text is null or exists (${sentTo('t.id')}))
  order by t.id desc limit 1`;

// The guess is counted here, in its own statement and outside any transaction: whatever happens to the comparison
// that follows, the attempt is spent. Concurrent guesses queue on the row and see the count before them. A caller who
// asks about one contact gets no answer about another: confirmEmailVerification must not say yes to the phone's code.
const count = (target: string) =>
  prepared(`
  update verification v set failed_attempts = v.failed_attempts + 1, updated_at = now()
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target}) and v.kind = 'CODE' and v.status = 'PENDING'
    and v.failed_attempts < v.max_attempts and v.expires_at > now()
    and case v.mode when 'TEST' then 6 else v.code_length end = $7
  returning ${VERIFICATION_COLUMNS}, array(${sentTo('v.id', 's.identity')} ${CURRENT_FIRST}) as identities,
    array(${sentTo('v.id', 's.provider')} ${CURRENT_FIRST}) as providers`);

const find = (target: string) =>
  prepared(`select ${VERIFICATION_COLUMNS} from verification v
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

const COUNT_GUESS = { byId: count(BY_ID), newest: count(NEWEST) };
const FIND = { byId: find(BY_ID), newest: find(NEWEST) };

const valuesOf = (world: World, target: Target) => [
  world.workspaceId,
  world.mode,
  target.verificationId ?? null,
  target.customerId ?? null,
  target.contactKind ?? null,
  target.identity ?? null,
];

const variant = (target: Target): 'byId' | 'newest' => (target.verificationId === undefined ? 'newest' : 'byId');

/** A guess that was counted: it may be compared now. */
export interface CountedGuess {
  readonly verification: VerificationRecord;
  /** Those the target asks about to whom a code was sent, the current step first. */
  readonly identities: readonly string[];
  /** Who sent, or is to send, to each of them. */
  readonly providers: readonly string[];
}

/** Counts one guess of the given length, or returns undefined when no guess is taken. */
export async function countGuess(
  pool: Connection,
  world: World,
  target: Target,
  length: number,
): Promise<CountedGuess | undefined> {
  const values = [...valuesOf(world, target), length];
  type Row = VerificationRow & Pick<CountedGuess, 'identities' | 'providers'>;
  const row = await runOne<Row>(pool, COUNT_GUESS[variant(target)], values);
  return row && { verification: toVerification(row), identities: row.identities, providers: row.providers };
}

// Guarded by a count of its own: attempts that come back are guesses beyond the budget.
const GIVE_BACK = prepared(`
  update verification set failed_attempts = failed_attempts - 1, given_back = given_back + $4, updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING' and failed_attempts > 0
    and given_back + $4 <= ${GIVEN_BACK_AT_MOST}`);

/**
 * Gives a counted guess back that nobody has answered.
 * @param isAsked whether anybody may have compared it: so many of those come back, and no more
 */
export async function giveBack(
  pool: Connection,
  { workspaceId, mode }: World,
  verificationId: string,
  isAsked: boolean,
): Promise<void> {
  await run(pool, GIVE_BACK, [workspaceId, mode, verificationId, isAsked ? 1 : 0]);
}

/** The verification a target names, in whatever state. */
export async function findVerification(
  pool: Connection,
  world: World,
  target: Target,
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(pool, FIND[variant(target)], valuesOf(world, target));
  return row && toVerification(row);
}
