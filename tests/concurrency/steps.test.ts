/** Resends, failovers and repeated sends that race at two processes on PostgreSQL: each happens once. */
import { afterAll, describe, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import type { Answer } from '../support/graphql-client.js';
import { whileHeld } from '../support/held-rows.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { askSteps, email, type StepOutcome, sms, startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

// The limits of the fields are another test's: here every call is to reach the statement that decides.
const fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000' });
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

const PHONE = '+33612345678';
const times = <T>(count: number, call: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => call(index)));

/** How often each outcome came. */
function tally(outcomes: readonly (StepOutcome | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome?.code ?? outcome?.__typename ?? 'error';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
const results = (answers: readonly Answer<{ result: StepOutcome }>[]) => answers.map(({ body }) => body.data?.result);

describe('a hundred calls with one idempotency key at once', () => {
  test('S10: are one verification with one message, and a hundred equal answers', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const { id: customerId } = await caller.createCustomer();
    const uuid = customerId.slice(customerId.indexOf(':') + 1);
    for (let race = 0; race < 5; race += 1) {
      const steps = [email(`ada${race}@example.com`), sms(PHONE)];
      const input = { customerId, steps, idempotencyKey: `order ${race}` };
      const all = results(await times(100, () => askSteps(caller, 'start', input)));
      expect(tally(all)).toEqual({ VerificationSent: 100 });
      // Some were answered before the message was sent, and some after.
      const fixed = all.map((one) => `${one?.verification?.id} ${one?.verification?.expiresAt}`);
      expect(new Set(fixed).size).toBe(1);
    }
    await waitFor('all messages are out', async () => {
      const waiting = `select 1 from verification_step s join verification v on v.id = s.verification_id
        where v.customer_id = $1 and s.status = 'QUEUED'`;
      return (await fleet.sql(waiting, [uuid])).length === 0;
    });
    const rows = await fleet.sql(
      `select count(distinct v.id)::int as verifications, sum(s.sends)::int as messages,
         (select count(*)::int from pgboss.job where data ->> 'workspaceId' = min(v.workspace_id::text)) as jobs
       from verification v join verification_step s on s.verification_id = v.id where v.customer_id = $1`,
      [uuid],
    );
    expect(rows).toEqual([{ verifications: 5, messages: 5, jobs: 5 }]);
  });

  test('S10: of which half mean something else are one verification, and conflicts for the other half', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const { id: customerId } = await caller.createCustomer();
    const answers = await times(100, (index) => {
      const terms = { maxAttempts: index % 4 < 2 ? 3 : 4 };
      return askSteps(caller, 'start', { customerId, steps: [sms(PHONE)], idempotencyKey: 'k', ...terms });
    });
    const codes = answers.map(({ body }) => body.errors?.[0]?.extensions.code ?? body.data?.result.__typename);
    expect(
      Object.fromEntries(Object.entries(Object.groupBy(codes, String)).map(([key, all]) => [key, all?.length])),
    ).toEqual({ VerificationSent: 50, IDEMPOTENCY_CONFLICT: 50 });
    const ids = answers.flatMap(({ body }) => body.data?.result.verification?.id ?? []);
    expect(new Set(ids).size).toBe(1);
  });

  test('S10: and many keys taken in opposite orders by two processes: each is one verification', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const { id: customerId } = await caller.createCustomer();
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    for (let race = 0; race < 3; race += 1) {
      const order = [...keys, ...[...keys].reverse(), ...keys, ...[...keys].reverse()];
      const all = results(
        await times(order.length, (index) => {
          const idempotencyKey = `${race} ${order[index]}`;
          return askSteps(caller, 'start', { customerId, steps: [sms(PHONE)], idempotencyKey });
        }),
      );
      expect(tally(all)).toEqual({ VerificationSent: order.length });
      expect(new Set(all.map((one) => one?.verification?.id)).size).toBe(keys.length);
    }
  });
});

describe('fifty resends at once', () => {
  test('S6: after the cooldown send one message, and the others are TOO_SOON', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const { resend, coolDown, stepsAre, jobs } = await startSteps(caller, fleet.sql, [sms(PHONE)]);
    await stepsAre('DELIVERED');
    expect(tally(await times(50, () => resend()))).toEqual({ TOO_SOON: 50 });
    for (let sends = 2; sends <= 5; sends += 1) {
      await coolDown();
      const { VerificationSent, TOO_SOON = 0, TOO_MANY = 0 } = tally(await times(50, () => resend()));
      // Whoever asks after the fifth message is out is told that it was the last.
      expect([VerificationSent, sends < 5 ? TOO_SOON : TOO_SOON + TOO_MANY]).toEqual([1, 49]);
      expect(await stepsAre('DELIVERED')).toMatchObject({ steps: [{ sends }] });
    }
    await coolDown();
    expect(tally(await times(50, () => resend()))).toEqual({ TOO_MANY: 50 });
    expect(await jobs()).toEqual(['0/1', '0/2', '0/3', '0/4', '0/5']);
  });
});

describe('fifty failovers at once', () => {
  const steps = [sms(PHONE), email('a@example.com'), { channel: 'VOICE', to: PHONE }, email('b@example.com')];

  test('S5: queue every step once', async () => {
    const { test: caller } = await fleet.workspace(processes);
    for (let race = 0; race < 5; race += 1) {
      const { failOver, jobs, read } = await startSteps(caller, fleet.sql, steps);
      const { VerificationSent: moved = 0, NO_NEXT_STEP: refused } = tally(await times(50, () => failOver()));
      expect(moved).toBeGreaterThanOrEqual(1);
      expect(moved + (refused ?? 0)).toBe(50);
      expect(await jobs()).toEqual(['0/1', '1/1', '2/1', '3/1'].slice(0, moved + 1));
      expect(await read()).toMatchObject({ currentStepIndex: moved });
    }
  });

  test('S5: to one named step queue it once', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const { failOver, jobs, stepsAre } = await startSteps(caller, fleet.sql, steps);
    expect(tally(await times(50, () => failOver(2)))).toEqual({ VerificationSent: 1, NO_NEXT_STEP: 49 });
    expect(await jobs()).toEqual(['0/1', '2/1']);
    await stepsAre('DELIVERED', 'PENDING', 'DELIVERED', 'PENDING');
  });

  test('S5: while the worker gives the step up: the two take turns, nothing is queued twice', async () => {
    const { test: caller } = await fleet.workspace(processes);
    const failing = [email('undeliverable@test.invalid'), sms('+15005550001'), email('undeliverable@test.invalid')];
    await times(20, async () => {
      const { failOver, jobs, read } = await startSteps(caller, fleet.sql, [...failing, sms(PHONE)]);
      const outcomes = tally(await times(4, () => failOver()));
      expect(Object.keys(outcomes).filter((name) => !['VerificationSent', 'NO_NEXT_STEP'].includes(name))).toEqual([]);
      await waitFor('the last step is out', async () => (await read()).steps[3]?.status === 'DELIVERED');
      expect(await jobs()).toEqual(['0/1', '1/1', '2/1', '3/1']);
      expect(await read()).toMatchObject({ status: 'PENDING', currentStepIndex: 3 });
    });
  });
});

test('race: what waits while a step is being failed does not bring it back: a resend finds nothing to send', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const { resend, coolDown, stepsAre, jobs, read, uuid } = await startSteps(caller, fleet.sql, [sms(PHONE)]);
  await stepsAre('DELIVERED');
  await coolDown();
  const failing = [
    'select 1 from verification where id = $1 for no key update',
    `update verification_step set status = 'FAILED', failure_reason = 'reported' where verification_id = $1 returning 1`,
  ];
  const answer = await whileHeld(fleet.sql, uuid, failing, () => resend());
  expect(answer).toMatchObject({ __typename: 'Refused', code: 'NO_NEXT_STEP' });
  expect(await jobs()).toEqual(['0/1']);
  expect(await read()).toMatchObject({ steps: [{ status: 'FAILED', sends: 1 }] });
});

test('race: in all of this nothing deadlocked, not even where a second try made up for it', async () => {
  // A connection tells what it counted when it ends.
  await Promise.all(processes.map((process) => process.end()));
  const rows = await fleet.sql('select deadlocks::int from pg_stat_database where datname = current_database()');
  expect(rows).toEqual([{ deadlocks: 0 }]);
});
