/** Kinds whose phones are closed by what is written elsewhere: before a code is asked for, or since. */
import { MAX_WRONG_GUESSES } from '../../src/entities/guess-streak.ts';
import type { Arm } from './arms.ts';

const BLOCK = `
  insert into guess_streak (workspace_id, mode, identity, wrong_guesses)
  select $1, 'TEST', phone, ${MAX_WRONG_GUESSES} from unnest($2::text[]) phone`;

/** Phones that other customers have verified. */
export const inUse = (arm: Arm): Arm => ({
  ...arm,
  close: (site) =>
    site.enroll(
      'page',
      arm.people.map(({ email, phone }) => ({ email: `owner-of-${email}`, phone })),
      true,
    ),
  open: async ({ query }) => {
    await query('update contact_point set verified_at = null, verified_by = null where identity = $1', [
      arm.people[0]?.phone,
    ]);
  },
});

/** Phones that a hundred wrong guesses have blocked. */
export const blocked = (arm: Arm): Arm => ({
  ...arm,
  close: async ({ query, keys }) => {
    await query(BLOCK, [keys.page[0]?.workspaceId, arm.people.map(({ phone }) => phone)]);
  },
  open: async ({ query }) => {
    await query('delete from guess_streak where identity = $1', [arm.people[0]?.phone]);
  },
});
