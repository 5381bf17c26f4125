/** Ten thousand hostile calls at one contact over two processes: whatever is raced, nothing is passed. */
import { afterAll, expect, test } from 'vitest';
import type { Caller } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { askSteps, type StepField, sms } from '../support/stepped.js';

// Wide limits on the fields, so that the storm reaches what it is to race; the cap on the recipient is 100 in an hour
// of test mode, 300 here.
const fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '3' });
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

const PHONE = '+33612345678';
const CAP = 300;
const CALLS = 10_000;
const MAX_ATTEMPTS = 10;
const IN_A_ROW = 100;
const WRONG = '000000';

/** A number from 0 to 1 that depends on nothing but the seed and how often it was asked: a storm can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const steps = [sms(PHONE), { channel: 'VOICE', to: PHONE }, { channel: 'WHATSAPP', to: PHONE }];
const known = ['VerificationSent', 'CodeIncorrect', 'ATTEMPTS_EXHAUSTED', 'TOO_SOON', 'TOO_MANY', 'NO_NEXT_STEP'];

async function storm(
  caller: Caller,
  verifications: string[],
  customers: readonly string[],
  calls: number,
  seed: number,
) {
  const random = randomOf(seed);
  const tally: Record<string, number> = {};
  const any = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string;
  const count = async (field: StepField, input: Record<string, unknown>) => {
    const { body } = await askSteps(caller, field, input);
    const { result } = body.data ?? {};
    const outcome = result?.code ?? result?.__typename ?? body.errors?.[0]?.extensions.code ?? 'none';
    const name = outcome === 'CODE_INCORRECT' ? 'CodeIncorrect' : outcome;
    tally[name] = (tally[name] ?? 0) + 1;
    if (field === 'start' && result?.verification) verifications.push(result.verification.id);
  };
  await inTurns(
    64,
    Array.from({ length: calls }, (_, index) => async () => {
      const dice = random();
      const verificationId = any(verifications);
      // The attacker has all the time in the world: no cooldown stands in the way.
      if (index % 100 === 0)
        await fleet.sql('update verification set resend_available_at = now() where status = $1', ['PENDING']);
      if (dice < 0.55) return count('confirm', { verificationId, code: WRONG });
      if (dice < 0.75) return count('resend', { verificationId });
      if (dice < 0.9) return count('failOver', { verificationId });
      return count('start', { customerId: any(customers), steps, maxAttempts: MAX_ATTEMPTS });
    }),
  );
  return tally;
}

test('C8: C7: S12: ten thousand resends, failovers, sends and guesses pass neither the guesses in a row, nor the attempts, nor the cap', async () => {
  const { id: workspaceId, test: caller } = await fleet.workspace(processes);
  const create = () => caller.createCustomer();
  const customers = (
    await inTurns(
      20,
      Array.from({ length: 60 }, () => create),
    )
  ).map(({ id }) => id);
  const verifications: string[] = [];
  for (const customerId of customers.slice(0, 20)) {
    const { body } = await askSteps(caller, 'start', { customerId, steps, maxAttempts: MAX_ATTEMPTS });
    verifications.push(body.data?.result.verification?.id as string);
  }
  const jobs = async () =>
    (await fleet.sql(`select 1 from pgboss.job where data ->> 'workspaceId' = $1`, [workspaceId])).length;

  const first = await storm(caller, verifications, customers, CALLS / 2, 1);
  expect(Object.keys(first).filter((name) => !known.includes(name))).toEqual([]);
  expect(first['CodeIncorrect']).toBe(IN_A_ROW);
  expect(await jobs()).toBe(20 + (first['VerificationSent'] ?? 0));

  // Lifted once, it takes as many again and not one more.
  const lift = 'mutation ($value: String!) { unblockContact(input: {value: $value}) { unblocked } }';
  expect((await caller.query(lift, { value: PHONE })).body.data).toEqual({ unblockContact: { unblocked: true } });
  const second = await storm(caller, verifications, customers, CALLS / 2, 2);
  expect(second['CodeIncorrect']).toBe(IN_A_ROW);
  const messages = await jobs();
  expect(messages).toBe(20 + (first['VerificationSent'] ?? 0) + (second['VerificationSent'] ?? 0));
  expect(messages).toBeLessThanOrEqual(CAP);

  const [state] = await fleet.sql(
    `select max(failed_attempts)::int as most, sum(failed_attempts)::int as counted,
       (select wrong_guesses::int from guess_streak where workspace_id = $1) as streak
     from verification where workspace_id = $1`,
    [workspaceId],
  );
  expect(state).toMatchObject({ streak: IN_A_ROW });
  expect(state?.['most']).toBeLessThanOrEqual(MAX_ATTEMPTS);
  // A guess that the block overtook is counted as an attempt and never compared.
  expect(state?.['counted']).toBeGreaterThanOrEqual(2 * IN_A_ROW);
  expect(state?.['counted']).toBeLessThanOrEqual(2 * (IN_A_ROW + 64));

  await Promise.all(processes.map((process) => process.end()));
  const rows = await fleet.sql('select deadlocks::int from pg_stat_database where datname = current_database()');
  expect(rows).toEqual([{ deadlocks: 0 }]);
});
