/** Guesses: counted before they are compared, and given back; and the reads that find words for an answer. */
import type { Reach, World } from '../access/principal.js';
import { type Connection, run, runOne } from '../entities/database.js';
import { DEADLINE_OF_LAST_GUESS, eventsOf, type Fact } from '../entities/event-log.js';
import { MAX_WRONG_GUESSES } from '../entities/guess-streak.js';
import { prepared } from '../entities/prepared.js';
import { runTold, told, type ValuesOfWorld } from '../entities/told.js';
import { GIVEN_BACK_AT_MOST, isOpen } from '../entities/verification.js';
import { TEST_CODE } from '../kernel/codes.js';
import type { ContactKind } from '../kernel/contact.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';
import { IS_GONE, isBlocked } from './targets.js';

/** Which verification a guess is for: one by id, or a customer's newest by code for a contact. */
export interface Target {
  verificationId?: string;
  customerId?: string;
  contactKind?: ContactKind;
  identity?: string;
}

// A step that waits for failover has sent no code: asking about its contact finds nothing and costs no attempt. In test
// mode everybody knows the code, so it is none for a contact that nothing can be sent to; of a verification that has ended
// by it, the answer says so.
const isUnreachable = (verification: string) => `
  s.mode = 'TEST' and s.sends = 0 and s.status = 'FAILED'
  and (s.index <> ${verification}.current_step_index or ${verification}.status = 'PENDING')`;
const sentTo = (verification: string, column = '') => `
      select ${column} from verification_step s
      where s.workspace_id = $1 and s.mode = $2 and s.verification_id = ${verification}.id and s.status <> 'PENDING'
        and not (${isUnreachable(verification)})
        and ($5::text is null or ($5 = 'EMAIL') = (s.channel = 'EMAIL')) and ($6::text is null or s.identity = $6)`;

const BY_ID = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and t.id = $3
    and ($4::uuid is null or t.customer_id = $4)
    and ($5::text is null and $6::text is null or exists (${sentTo('t')}))`;

// By the kind of its first step, as the index has them: failover may have sent a code to a contact of the other kind.
const newestOf = (firstKind: ContactKind) => `(
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and $3::uuid is null
    and t.customer_id = $4 and t.contact_kind = '${firstKind}' and t.kind = 'CODE' and exists (${sentTo('t')})
  order by t.id desc limit 1)`;

const NEWEST = `
  select newest.id from (${newestOf('EMAIL')} union all ${newestOf('PHONE')}) newest
  order by newest.id desc limit 1`;

const askedAs = (column: string) => `array(
    select asked.${column} from asked join counted on counted.identity = asked.identity
    order by asked.is_current desc, asked.index desc)`;

// Told with the count: the guess that it counts is the last one that the contact takes.
const BLOCKED: Fact = {
  type: `'contact.blocked'`,
  objectType: 'Customer',
  objectId: 'v.customer_id',
  data: `jsonb_build_object('customerId', 'Customer:' || v.customer_id, 'verificationId', 'Verification:' || v.id,
      'contactKind', case when counted.identity like '+%' then 'PHONE' else 'EMAIL' end)`,
  step: {
    verificationId: 'v.id',
    index: '(select min(asked.index) from asked where asked.identity = counted.identity)',
  },
  from: 'v cross join counted',
  where: `counted.wrong_guesses = ${MAX_WRONG_GUESSES}`,
};

// The guess is counted here and committed before anything is compared: by itself, or for connect in a transaction that
// counts it at the attempt too and does nothing else. Whatever happens to the comparison that follows, the guess is
// spent. Concurrent guesses queue on the row and see the count before them. A caller who asks about one contact gets no
// answer about another: confirmEmailVerification must not say yes to the phone's code.
//
// The same statement counts it for every contact whose code it is to be compared with, and leaves out those that are
// blocked. The rows of contacts are locked after the verification and in one order: no two guesses can deadlock.
const count = (target: string) =>
  told(
    ({ guard, telling, select }) => `
  with v as (
    update verification v set failed_attempts = v.failed_attempts + 1, updated_at = now()
    where v.workspace_id = $1 and v.mode = $2 and v.id = (${target}) and v.kind = 'CODE'
      and ${isOpen('v')}
      and ($7 = v.code_length or v.mode = 'TEST' and $7 = ${TEST_CODE.length})
      and exists (${sentTo('v')} and not ${isBlocked('s.identity')}) and not ${IS_GONE} ${guard}
    returning v.*
  ), asked as materialized (
    select s.identity, s.provider, s.index = v.current_step_index as is_current, s.index
    from v cross join lateral (${sentTo('v', '*')}) s
  ), counted as (
    insert into guess_streak as g (workspace_id, mode, identity, wrong_guesses)
    select distinct $1::uuid, $2, asked.identity, 1 from asked order by asked.identity
    on conflict (workspace_id, mode, identity) do update set wrong_guesses = g.wrong_guesses + 1
    where g.wrong_guesses < ${MAX_WRONG_GUESSES}
    returning g.identity, g.wrong_guesses
  ) ${telling(`, ${DEADLINE_OF_LAST_GUESS}, ${eventsOf(BLOCKED)}`)}
  ${select(`
    select ${VERIFICATION_COLUMNS}, ${askedAs('identity')} as identities, ${askedAs('provider')} as providers
    from v`)}`,
  );

const find = (target: string) =>
  prepared(`select ${VERIFICATION_COLUMNS} from verification v
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

// Asked only for the words of an answer.
const obstacle = (target: string) =>
  prepared(`
  select case when ${IS_GONE} then 'NOT_FOUND'
              when not exists (${sentTo('v')} and not ${isBlocked('s.identity')}) then 'TOO_MANY' end as obstacle
  from verification v where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

const COUNT_GUESS = { byId: count(BY_ID), newest: count(NEWEST) };
const FIND = { byId: find(BY_ID), newest: find(NEWEST) };
const OBSTACLE = { byId: obstacle(BY_ID), newest: obstacle(NEWEST) };

// A customer is always themselves: what is anybody else's is found by no statement of theirs.
const valuesOf = ({ workspaceId, mode, customerId }: Reach, target: Target): ValuesOfWorld => [
  workspaceId,
  mode,
  target.verificationId ?? null,
  customerId ?? target.customerId ?? null,
  target.contactKind ?? null,
  target.identity ?? null,
];

const variant = (target: Target): 'byId' | 'newest' => (target.verificationId === undefined ? 'newest' : 'byId');

/** A guess that was counted: it may be compared now. */
export interface CountedGuess {
  readonly verification: VerificationRecord;
  /** Those the target asks about to whom a code was sent and who are not blocked, the current step first. */
  readonly identities: readonly string[];
  /** Who sent, or is to send, to each of them. */
  readonly providers: readonly string[];
}

/** Counts one guess of the given length, or returns undefined when no guess is taken. */
export async function countGuess(
  connection: Connection,
  reach: Reach,
  target: Target,
  length: number,
): Promise<CountedGuess | undefined> {
  const values: ValuesOfWorld = [...valuesOf(reach, target), length];
  type Row = VerificationRow & Pick<CountedGuess, 'identities' | 'providers'>;
  const [row] = await runTold<Row>(connection, COUNT_GUESS[variant(target)], values);
  return row?.id
    ? { verification: toVerification(row), identities: row.identities, providers: row.providers }
    : undefined;
}

// Guarded by a count of its own: attempts that come back are guesses beyond the budget. What was counted for the contacts
// comes back with them, or an outage would block them; their rows are locked in the order in which guesses lock them.
const GIVE_BACK = prepared(`
  with v as (
    update verification set failed_attempts = failed_attempts - 1, given_back = given_back + $4, updated_at = now()
    where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING' and failed_attempts > 0
      and given_back + $4 <= ${GIVEN_BACK_AT_MOST}
    returning id
  ), streak as materialized (
    select g.identity, g.wrong_guesses from guess_streak g join v on true
    where g.workspace_id = $1 and g.mode = $2 and g.identity = any($5::text[])
    order by g.identity for update of g
  ), ended as (
    delete from guess_streak g using streak
    where g.workspace_id = $1 and g.mode = $2 and g.identity = streak.identity and streak.wrong_guesses = 1
  )
  update guess_streak g set wrong_guesses = g.wrong_guesses - 1 from streak
  where g.workspace_id = $1 and g.mode = $2 and g.identity = streak.identity and streak.wrong_guesses > 1`);

/**
 * Gives a counted guess back that nobody has answered.
 * @param isAsked whether anybody may have compared it: so many of those come back, and no more
 */
export async function giveBack(
  pool: Connection,
  { workspaceId, mode }: World,
  { verification, identities }: CountedGuess,
  isAsked: boolean,
): Promise<void> {
  await run(pool, GIVE_BACK, [workspaceId, mode, verification.id, isAsked ? 1 : 0, [...new Set(identities)]]);
}

/** The verification a target names, in whatever state. */
export async function findVerification(
  pool: Connection,
  reach: Reach,
  target: Target,
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(pool, FIND[variant(target)], valuesOf(reach, target));
  return row && toVerification(row);
}

/** NOT_FOUND for a deleted customer; TOO_MANY where wrong guesses have blocked all the contacts that a target asks about. */
export async function obstacleTo(
  pool: Connection,
  world: Reach,
  target: Target,
): Promise<'NOT_FOUND' | 'TOO_MANY' | undefined> {
  const values = valuesOf(world, target);
  const row = await runOne<{ obstacle: 'NOT_FOUND' | 'TOO_MANY' | null }>(pool, OBSTACLE[variant(target)], values);
  return row?.obstacle ?? undefined;
}
