/** Caps on messages at two processes: never more than the cap, and every message is counted once. */
import { afterAll, expect, test } from 'vitest';
import type { Caller } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { askSteps, sms } from '../support/stepped.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

// Messages to one recipient in an hour of test mode, and sends of one customer in ten minutes.
const CAP = 100;
const OF_A_CUSTOMER = 20;
const PHONE = '+33612345678';

const customers = async (caller: Caller, count: number) =>
  (
    await inTurns(
      20,
      Array.from({ length: count }, () => () => caller.createCustomer()),
    )
  ).map(({ id }) => id);

/** What became of this many sends to one number at once: how often each outcome came. */
async function send(caller: Caller, ids: readonly string[], count: number, more: Record<string, unknown> = {}) {
  const calls = Array.from({ length: count }, (_, index) => () => {
    const customerId = ids[index % ids.length];
    return askSteps(caller, 'start', { customerId, steps: [sms(PHONE)], ...more });
  });
  const outcomes = (await inTurns(200, calls)).map(({ body }) => body.data?.result);
  const names = outcomes.map((outcome) => outcome?.code ?? outcome?.__typename ?? 'error');
  const tally = Object.fromEntries(
    Object.entries(Object.groupBy(names, String)).map(([name, all]) => [name, all?.length]),
  );
  return { tally, ids: new Set(outcomes.flatMap((outcome) => outcome?.verification?.id ?? [])) };
}

test('S12: a thousand sends to one number at once: as many as the cap are accepted, and as many are queued', async () => {
  const workspace = await fleet.workspace(processes);
  const ids = await customers(workspace.test, 1_000 / OF_A_CUSTOMER);
  const { tally } = await send(workspace.test, ids, 1_000);
  expect(tally).toEqual({ VerificationSent: CAP, TOO_MANY: 1_000 - CAP });
  const jobs = await fleet.sql(`select 1 from pgboss.job where data ->> 'workspaceId' = $1`, [workspace.id]);
  expect(jobs).toHaveLength(CAP);
});

test('S10: twenty calls with one idempotency key at once are counted as the one message that they are', async () => {
  const { test: caller } = await fleet.workspace(processes);
  const ids = await customers(caller, 10);
  expect((await send(caller, ids, 94)).tally).toEqual({ VerificationSent: 94 });
  const [customer = ''] = await customers(caller, 1);
  const repeated = await send(caller, [customer], OF_A_CUSTOMER, { idempotencyKey: 'order 7' });
  expect(repeated.tally).toEqual({ VerificationSent: OF_A_CUSTOMER });
  expect(repeated.ids.size).toBe(1);
  expect((await send(caller, ids, 20)).tally).toEqual({ VerificationSent: 5, TOO_MANY: 15 });
});
