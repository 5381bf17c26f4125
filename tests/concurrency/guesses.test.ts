/** Guesses that race at two processes on PostgreSQL: no more are compared than were allowed, and one wins. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Outcome } from '../support/caller.js';
import { failedAttempts } from '../support/database-state.js';
import { createFleet } from '../support/fleet.js';
import { errorOf } from '../support/graphql-client.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

const RIGHT = '123456';
const CONFIRM = `mutation ($input: ConfirmVerificationInput!) { result: confirmVerification(input: $input) {
  __typename ... on Refused { code } ... on CodeIncorrect { attemptsLeft } } }`;

async function started(maxAttempts: number) {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer({ email: 'ada@example.com' });
  const { id: verificationId } = await caller.sendEmail(customerId, { maxAttempts });
  const guess = (code: string) => caller.query<{ result: Outcome }>(CONFIRM, { input: { verificationId, code } });
  return { caller, customerId, verificationId, guess };
}

/** How often each outcome came, the errors' codes included. */
function tally(answers: Awaited<ReturnType<Awaited<ReturnType<typeof started>>['guess']>>[]): Record<string, number> {
  const names = answers.map(({ body }) => {
    const { __typename, code } = body.data?.result ?? {};
    return __typename === 'Refused' ? code : (__typename ?? body.errors?.[0]?.extensions.code);
  });
  return Object.fromEntries(
    Object.entries(Object.groupBy(names, (name) => name ?? 'none')).map(([name, all]) => [name, all?.length ?? 0]),
  );
}

const many = (count: number, code: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => code(index));

describe('a thousand wrong guesses at once', () => {
  test.each([1, 5, 10])(
    'at a verification of %d attempts: so many are compared, the rest is refused',
    async (maxAttempts) => {
      const { guess, verificationId } = await started(maxAttempts);
      const answers = await Promise.all(many(1_000, (index) => String(200_000 + index)).map(guess));
      expect(tally(answers)).toEqual({ CodeIncorrect: maxAttempts, ATTEMPTS_EXHAUSTED: 1_000 - maxAttempts });
      const left = answers.flatMap(({ body }) => body.data?.result.attemptsLeft ?? []);
      expect(left.sort((a, b) => a - b)).toEqual(many(maxAttempts, String).map(Number));
      expect(await failedAttempts(fleet.sql, verificationId)).toBe(maxAttempts);
      expect(tally([await guess(RIGHT)])).toEqual({ ATTEMPTS_EXHAUSTED: 1 });
    },
  );
});

describe('a hundred right guesses at once', () => {
  test('confirm once, and verify one contact', async () => {
    const { guess, customerId } = await started(10);
    const { VerificationConfirmed, ...rest } = tally(await Promise.all(many(100, () => RIGHT).map(guess)));
    expect(VerificationConfirmed).toBe(1);
    expect(Object.keys(rest).filter((name) => !['FINISHED', 'ATTEMPTS_EXHAUSTED'].includes(name))).toEqual([]);
    const points = await fleet.sql('select 1 from contact_point where customer_id = $1 and verified_at is not null', [
      customerId.split(':')[1] as string,
    ]);
    expect(points).toHaveLength(1);
  });

  test('among nine hundred wrong ones confirm at most once, and never past the attempts', async () => {
    const { guess } = await started(10);
    const codes = many(1_000, (index) => (index % 10 === 7 ? RIGHT : '000000'));
    const { VerificationConfirmed = 0, CodeIncorrect = 0, ...rest } = tally(await Promise.all(codes.map(guess)));
    expect(VerificationConfirmed).toBeLessThanOrEqual(1);
    expect(CodeIncorrect + VerificationConfirmed).toBeLessThanOrEqual(10);
    expect(Object.keys(rest).filter((name) => !['FINISHED', 'ATTEMPTS_EXHAUSTED'].includes(name))).toEqual([]);
  });
});

describe('two customers who confirm one contact at once', () => {
  test('in twenty races: one has it, the other is told that it is in use', async () => {
    for (let race = 0; race < 20; race += 1) {
      const { test: caller } = await fleet.workspace(processes);
      const guesses = [];
      for (const name of ['ada', 'bob']) {
        const { id } = await caller.createCustomer({ platformCustomerId: name });
        const { id: verificationId } = await caller.sendEmail(id, { email: 'shared@example.com' });
        guesses.push(() => caller.query<{ result: Outcome }>(CONFIRM, { input: { verificationId, code: RIGHT } }));
      }
      expect(tally(await Promise.all(guesses.map((guess) => guess())))).toEqual({
        VerificationConfirmed: 1,
        CONTACT_IN_USE: 1,
      });
    }
    const owners = await fleet.sql(
      `select workspace_id from contact_point where identity = 'shared@example.com' and verified_at is not null
       group by workspace_id having count(*) > 1`,
    );
    expect(owners).toEqual([]);
  });
});

describe('a confirmation that breaks after its guess was counted', () => {
  afterEach(async () => {
    await fleet.sql('drop trigger if exists broken on contact_point');
  });

  test('leaves the guess counted, so that breaking it is no way to guess on', async () => {
    const { guess, verificationId } = await started(3);
    await fleet.sql(`create or replace function broken() returns trigger language plpgsql as $$
      begin if new.verified_at is not null then raise exception 'no'; end if; return new; end $$`);
    await fleet.sql(
      'create trigger broken before insert or update on contact_point for each row execute function broken()',
    );
    for (const counted of [1, 2, 3]) {
      expect(errorOf(await guess(RIGHT))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
      expect(await failedAttempts(fleet.sql, verificationId)).toBe(counted);
    }
    expect(tally([await guess(RIGHT)])).toEqual({ ATTEMPTS_EXHAUSTED: 1 });
  });
});
