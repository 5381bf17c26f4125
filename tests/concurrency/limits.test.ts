/** A limit holds however many processes count it and however many requests come at once. */
import { afterAll, expect, test } from 'vitest';
import { DOCUMENTS } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { sharedPostgres } from '../support/shared-postgres.js';

// 20 sends to one contact of one customer, scaled down to 5; and 3,000 sends of one key, scaled down to 750.
const fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '0.25' });
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

/** How many of a thousand sends at once pass. */
async function passed(email: (index: number) => string): Promise<number> {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer();
  const calls = Array.from({ length: 1_000 }, (_, index) =>
    caller.query(DOCUMENTS.sendEmail, { input: { customerId, email: email(index) } }),
  );
  const codes = (await Promise.all(calls)).map(({ body }) => body.errors?.[0]?.extensions.code ?? 'PASSED');
  expect(codes.filter((code) => code !== 'PASSED' && code !== 'RATE_LIMITED')).toEqual([]);
  const rows = await fleet.sql('select 1 from verification where customer_id = $1', [
    customerId.split(':')[1] as string,
  ]);
  const count = codes.filter((code) => code === 'PASSED').length;
  expect(rows).toHaveLength(count);
  return count;
}

test('a limit of 5 lets exactly 5 of a thousand concurrent requests at two processes pass', async () => {
  expect(await passed(() => 'ada@example.com')).toBe(5);
});

test('so does it for a thousand spellings of one mailbox', async () => {
  expect(await passed((index) => `ada+${index}@example.com`)).toBe(5);
});

test('a generous limit, which is counted in blocks, is never passed by more than it says', async () => {
  const count = await passed((index) => `person${index}@example.com`);
  expect(count).toBeLessThanOrEqual(750);
  expect(count).toBeGreaterThan(700);
});

test('outage by restarts: a process that is stopped gives back what it had reserved and not given out', async () => {
  const stopped = await fleet.start(['serve']);
  const { id, test: caller } = await fleet.workspace([stopped]);
  for (let calls = 0; calls < 5; calls += 1) await caller.createCustomer();
  const hits = async () =>
    (await fleet.sql<{ hits: number }>('select hits::int from rate_limit_window where workspace_id = $1', [id])).map(
      (row) => row.hits,
    );
  expect(Math.max(...(await hits()))).toBeGreaterThan(5);
  expect(await stopped.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(await hits()).toEqual([5]);
});
