/** Subscriptions in several processes on one PostgreSQL: who is told does not depend on who has changed it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { listen, type Told, withoutRepeats } from '../support/event-stream.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import type { Running } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';

let fleet: Fleet;
let first: Running;
let second: Running;
beforeAll(async () => {
  fleet = await createFleet(sharedPostgres());
  [first, second] = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
});
afterAll(() => fleet[Symbol.asyncDispose]());

interface Data {
  verificationChanged: { status: string };
}
const query = 'subscription ($id: ID!) { verificationChanged(id: $id) { status } }';
const watch = ({ url }: Running, id: string, key: string) => listen<Data>(url, { query, variables: { id } }, { key });
const statesOf = (told: readonly Told<Data>[]) =>
  withoutRepeats(told.map(({ event, body }) => body?.data?.verificationChanged.status ?? event));

test('a hundred verifications that one process confirms are told by the other, each once and to the end', async () => {
  const { test: caller } = await fleet.workspace([first]);
  const ids = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const { id: customerId } = await caller.createCustomer({ email: newPerson().email });
      return (await caller.sendEmail(customerId)).id;
    }),
  );
  const listeners = await Promise.all(ids.map((id) => watch(second, id, caller.key)));
  await Promise.all(listeners.map((listener) => listener.first()));
  await Promise.all(ids.map((verificationId) => caller.call('confirm', { input: { verificationId, code: '123456' } })));
  for (const listener of listeners) {
    const told = await listener.ended();
    expect(statesOf(told)).toEqual(['PENDING', 'VERIFIED', 'complete']);
    expect(told.filter(({ body }) => body?.data?.verificationChanged.status === 'VERIFIED')).toHaveLength(1);
  }
});

test('a client whose process is replaced has missed nothing once it has connected to another', async () => {
  const third = await fleet.start(['serve', '--no-work']);
  const { test: caller } = await fleet.workspace([first]);
  const { id: customerId } = await caller.createCustomer({ email: newPerson().email });
  const { id } = await caller.sendEmail(customerId);
  const cut = await watch(third, id, caller.key);
  await cut.first();
  expect((await third.end()).code).toBe(0);
  expect(statesOf(await cut.ended())).toEqual(['PENDING']);
  await createCaller(first.url, caller.key).call('confirm', { input: { verificationId: id, code: '123456' } });
  const again = await watch(second, id, caller.key);
  expect(statesOf(await again.ended())).toEqual(['VERIFIED', 'complete']);
});
