/** Guesses are counted before they are compared. */
import type { Reach } from '../access/principal.js';
import type { Connection } from '../entities/database.js';
import { DEADLINE_OF_LAST_GUESS, eventsOf, type Fact } from '../entities/event-log.js';
import { MAX_WRONG_GUESSES } from '../entities/guess-streak.js';
import { runTold, told, type ValuesOfWorld } from '../entities/told.js';
import { isOpen } from '../entities/verification.js';
import { TEST_CODE } from '../kernel/codes.js';
import { sentTo, type Target, valuesOf, variantFor, variantsOf } from './guess-target.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';
import { IS_GONE, isBlocked } from './targets.js';

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

const COUNT_GUESS = variantsOf(count);

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
  const [row] = await runTold<Row>(connection, variantFor(COUNT_GUESS, target), values);
  return row?.id
    ? { verification: toVerification(row), identities: row.identities, providers: row.providers }
    : undefined;
}
