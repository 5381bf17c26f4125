/** A counted guess that comes back. */
import type { World } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GIVEN_BACK_AT_MOST } from '../entities/verification.js';
import type { CountedGuess } from './count-guess.js';

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
 * Gives a counted guess back that nobody has answered, or that was right and could not be settled.
 * @param isAsked whether anybody may have compared it: so many of those come back, and no more
 */
export async function giveBack(
  pool: Connection,
  { workspaceId, mode }: World,
  { verification, identities }: Pick<CountedGuess, 'verification' | 'identities'>,
  isAsked: boolean,
): Promise<void> {
  await run(pool, GIVE_BACK, [workspaceId, mode, verification.id, isAsked ? 1 : 0, [...new Set(identities)]]);
}
