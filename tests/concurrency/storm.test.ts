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
const KNOWN = ['VerificationSent', 'CODE_INCORRECT', 'ATTEMPTS_EXHAUSTED', 'TOO_SOON', 'TOO_MANY', 'NO_NEXT_STEP'];

const COOL_DOWN = `
  update verification set resend_available_at = now()
  where id in (select id from verification for update skip locked)`;

interface Storm {
  readonly caller: Caller;
  /** Started so far; those that the storm starts are added. */
  readonly verifications: string[];
  readonly customers: readonly string[];
}

/** @param guesses their share of the calls; the others are resends, failovers and sends */
async function rage({ caller, verifications, customers }: Storm, calls: number, guesses: number, seed: number) {
  const random = randomOf(seed);
  const tally: Record<string, number> = {};
  const made = { start: 0, resend: 0, failOver: 0, cancel: 0, confirm: 0 };
  const any = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string;
  const call = async (field: StepField, input: Record<string, unknown>) => {
    made[field] += 1;
    const { body } = await askSteps(caller, field, input);
    const { result } = body.data ?? {};
    const name = result?.code ?? result?.__typename ?? body.errors?.[0]?.extensions.code ?? 'none';
    tally[name] = (tally[name] ?? 0) + 1;
    if (field === 'start' && result?.verification) verifications.push(result.verification.id);
  };
  const one = async (index: number) => {
    // The attacker has all the time in the world: no cooldown stands in the way.
    if (index % 50 === 0) await fleet.sql(COOL_DOWN);
    const verificationId = any(verifications);
    if (random() < guesses) return call('confirm', { verificationId, code: WRONG });
    const dice = random();
    if (dice < 0.4) return call('resend', { verificationId });
    if (dice < 0.8) return call('failOver', { verificationId });
    return call('start', { customerId: any(customers), steps, maxAttempts: MAX_ATTEMPTS });
  };
  await inTurns(
    64,
    Array.from({ length: calls }, (_, index) => () => one(index)),
  );
  expect(Object.keys(tally).filter((name) => !KNOWN.includes(name))).toEqual([]);
  return { tally, made };
}

test('C8: C7: S12: ten thousand resends, failovers, sends and guesses pass no cap, no attempt and no hundredth guess', async ({
  annotate,
}) => {
  const { id: workspaceId, test: caller } = await fleet.workspace(processes);
  const create = () => caller.createCustomer();
  const customers = (
    await inTurns(
      20,
      Array.from({ length: 60 }, () => create),
    )
  ).map(({ id }) => id);
  const { body } = await askSteps(caller, 'start', { customerId: customers[0], steps, maxAttempts: MAX_ATTEMPTS });
  const storm = { caller, customers, verifications: [body.data?.result.verification?.id as string] };
  const messages = async () =>
    (await fleet.sql(`select 1 from pgboss.job where data ->> 'workspaceId' = $1`, [workspaceId])).length;

  // Every message is accepted once, up to the cap, while guesses are made beside.
  const first = await rage(storm, 4_000, 0.02, 1);
  // A refused call holds a message for a moment, so a storm may leave one over: who comes after it gets that, no more.
  let late = 0;
  const start = { customerId: customers[0], steps, maxAttempts: MAX_ATTEMPTS };
  while (late <= 64 && (await askSteps(caller, 'start', start)).body.data?.result.code !== 'TOO_MANY') late += 1;
  expect(1 + (first.tally['VerificationSent'] ?? 0) + late).toBe(CAP);
  expect(await messages()).toBe(CAP);

  const second = await rage(storm, 3_000, 0.8, 2);
  expect((first.tally['CODE_INCORRECT'] ?? 0) + (second.tally['CODE_INCORRECT'] ?? 0)).toBe(IN_A_ROW);

  // Lifted once, it takes as many again and not one more.
  const lift = 'mutation ($value: String!) { unblockContact(input: {value: $value}) { unblocked } }';
  expect((await caller.query(lift, { value: PHONE })).body.data).toEqual({ unblockContact: { unblocked: true } });
  const third = await rage(storm, 3_000, 0.8, 3);
  expect(third.tally['CODE_INCORRECT']).toBe(IN_A_ROW);
  expect(await messages()).toBe(CAP);

  const rages = [first, second, third];
  const madeOf = (field: StepField) => rages.reduce((sum, { made }) => sum + made[field], 0);
  await annotate(rages.map(({ made, tally }) => JSON.stringify({ made, tally })).join(' '));
  expect(madeOf('resend') + madeOf('failOver') + madeOf('start') + madeOf('confirm')).toBe(10_000);
  for (const field of ['resend', 'failOver'] as const) expect(madeOf(field)).toBeGreaterThan(1_800);
  expect(madeOf('confirm')).toBeGreaterThan(4_500);

  const [state] = await fleet.sql<{ most: number; counted: number; streak: number }>(
    `select max(failed_attempts)::int as most, sum(failed_attempts)::int as counted,
       (select wrong_guesses::int from guess_streak where workspace_id = $1) as streak
     from verification where workspace_id = $1`,
    [workspaceId],
  );
  expect(state?.streak).toBe(IN_A_ROW);
  expect(state?.most).toBeLessThanOrEqual(MAX_ATTEMPTS);
  // A guess that the block overtook has spent its attempt and was never compared.
  expect(state?.counted).toBeGreaterThanOrEqual(2 * IN_A_ROW);
  expect(state?.counted).toBeLessThanOrEqual(2 * (IN_A_ROW + 64));

  await Promise.all(processes.map((process) => process.end()));
  const rows = await fleet.sql('select deadlocks::int from pg_stat_database where datname = current_database()');
  expect(rows).toEqual([{ deadlocks: 0 }]);
}, 240_000);
