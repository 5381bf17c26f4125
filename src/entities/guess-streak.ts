import { defineEntity, p } from '@mikro-orm/core';
import { worldKey } from './columns.js';

/** Wrong guesses that one contact takes in a row, over any number of verifications, before it is blocked. */
export const MAX_WRONG_GUESSES = 100;

/** How many guesses in a row were wrong for a contact. A right one removes the row. */
export const GuessStreak = defineEntity({
  name: 'GuessStreak',
  tableName: 'guess_streak',
  checks: [
    {
      name: 'guess_streak_wrong_guesses_check',
      expression: `"wrong_guesses" >= 1 and "wrong_guesses" <= ${MAX_WRONG_GUESSES}`,
    },
  ],
  properties: {
    ...worldKey,
    /** What the contact is compared by. */
    identity: p.string().length(254).primary(),
    /** Counted before they are compared, so one that turns out right is among them until it is settled. */
    wrongGuesses: p.smallint(),
  },
});
