/** Events of several processes on one PostgreSQL: written once, sent once, in order, without a deadlock. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '../support/caller.js';
import { startEventSink } from '../support/event-sink.js';
import { createFleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import { typesOf } from '../support/listening.js';
import type { Running } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000' });
afterAll(() => fleet[Symbol.asyncDispose]());
let processes: Running[];
beforeAll(async () => {
  processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve']), fleet.start(['work'])]);
});

const confirm = (caller: Caller, verificationId: string, code: string) =>
  caller.call('confirm', { input: { verificationId, code } });

/** A workspace that two processes serve, with an endpoint. */
async function listening() {
  const workspace = await fleet.workspace(processes.slice(0, 2));
  const sink = await startEventSink();
  const webhooks = webhooksOf(workspace.test);
  const { secret } = await webhooks.create({ url: sink.url });
  sink.expect(secret);
  return { workspace, caller: workspace.test, sink, webhooks, [Symbol.asyncDispose]: () => sink.close() };
}

/** What went wrong, as the processes tell it. */
const errors = () => processes.flatMap((each) => each.stderr().match(/"err":.*/g) ?? []);

test('three senders tell a hundred verifications once each, in order, some of them after a failure', async () => {
  await using at = await listening();
  const failed = new Set<string>();
  // The first attempt of every fifth is refused.
  at.sink.answerWith(({ id }) => {
    if (Number.parseInt(id.slice(-4), 16) % 5 !== 0 || failed.has(id)) return 200;
    failed.add(id);
    return 500;
  });
  const ids = await inTurns(
    10,
    Array.from({ length: 100 }, (_, index) => async () => {
      const { id: customerId } = await at.caller.createCustomer({ email: `person${index}@example.com` });
      const { id } = await at.caller.sendEmail(customerId);
      await waitFor('it is delivered', async () => {
        const rows = await fleet.sql('select 1 from verification_step where verification_id = $1 and sends = 1', [
          id.split(':')[1] as string,
        ]);
        return rows.length > 0;
      });
      await Promise.all([confirm(at.caller, id, '123456'), confirm(at.caller, id, '123456')]);
      return id;
    }),
  );
  const told = await waitFor(
    'all are told',
    async () => {
      await fleet.sql(
        `update event_delivery set next_attempt_at = now() where status = 'PENDING' and next_attempt_at > now()`,
      );
      return at.sink.told.length >= 400 && at.sink.told;
    },
    60_000,
  );
  expect(failed.size).toBeGreaterThan(0);
  expect(new Set(told.map(({ id }) => id)).size).toBe(400);
  expect(told).toHaveLength(400);
  for (const id of ids)
    expect(
      typesOf(told.filter(({ type, data }) => type.startsWith('verification.') && data['verificationId'] === id)),
    ).toEqual(['verification.sent', 'verification.delivered', 'verification.verified']);
  expect(errors()).toEqual([]);
});

test('guesses and the sweeps of deadlines do not wait for each other for ever, and each end is told once', async () => {
  await using at = await listening();
  const ids = await inTurns(
    10,
    Array.from({ length: 40 }, (_, index) => async () => {
      const { id: customerId } = await at.caller.createCustomer({ email: `guess${index}@example.com` });
      return (await at.caller.sendEmail(customerId, { maxAttempts: 3 })).id;
    }),
  );
  // Every deadline is due all the time, in all processes, while the last guesses are counted.
  const hurry = () => fleet.sql('update verification_deadline set due_at = now() where due_at > now()');
  await inTurns(
    20,
    ids.flatMap((id) =>
      ['000000', '000000', '000000', '123456'].map((code) => async () => {
        await hurry().catch(() => {});
        await confirm(at.caller, id, code);
      }),
    ),
  );
  await waitFor(
    'all have ended',
    async () => {
      await hurry();
      const [row] = await fleet.sql<{ n: number }>(
        `select count(distinct object_id)::int as n from event
         where workspace_id = $1 and type in ('verification.failed', 'verification.verified')`,
        [at.workspace.id],
      );
      return row?.n === 40;
    },
    60_000,
  );
  const ends = await fleet.sql<{ status: string; types: string[] }>(
    `select case when v.status = 'PENDING' then 'FAILED' else v.status end as status,
            array_agg(e.type order by e.id) as types
     from verification v join event e on e.object_id = v.id and e.type in ('verification.failed', 'verification.verified')
     where v.workspace_id = $1 group by v.id, v.status`,
    [at.workspace.id],
  );
  // The deadlines were hurried, so an end by spent attempts may be told before a right guess is settled: then both
  // are, in this order.
  for (const { status, types } of ends) {
    expect(types.at(-1)).toBe(status === 'VERIFIED' ? 'verification.verified' : 'verification.failed');
    expect(types.length).toBeLessThan(3);
  }
  expect(errors()).toEqual([]);
});
