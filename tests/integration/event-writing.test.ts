/** When an event is written: with what it tells of, and where anybody wants to know. */
import { afterAll, describe, expect, test } from 'vitest';
import { sweepEvents } from '../../src/events/retention.js';
import { startGateway } from '../support/harness.js';
import { listening, typesOf, uuidOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const written = async (workspaceId: string) => {
  const [row] = await gateway.sql<Record<string, number>>(
    `select (select count(*)::int from event where workspace_id = $1) as events,
            (select count(*)::int from event_delivery where workspace_id = $1) as deliveries,
            (select count(*)::int from verification_deadline where workspace_id = $1) as deadlines`,
    [workspaceId],
  );
  return row;
};

describe('where nobody listens', () => {
  test('nothing is written: neither events, nor deliveries, nor deadlines', async () => {
    const workspace = await gateway.workspace();
    const { id: customerId } = await workspace.test.createCustomer({ email: 'ada@example.com' });
    const { id } = await workspace.test.sendEmail(customerId);
    await workspace.test.call('confirm', { input: { verificationId: id, code: '123456' } });
    expect(await written(workspace.id)).toEqual({ events: 0, deliveries: 0, deadlines: 0 });
  });

  test('any more: a disabled endpoint, one of the other mode, and one that wants something else count for nothing', async () => {
    await using at = await listening(gateway, { eventTypes: ['contact.blocked'] });
    await webhooksOf(at.workspace.live).create({ url: 'https://receiver.example/' });
    const { endpoint } = await at.webhooks.create({ url: `${at.sink.url}/disabled` });
    await at.webhooks.update({ id: endpoint.id, enabled: false });
    const { id } = await at.sent();
    await at.confirm(id);
    expect(await written(at.workspace.id)).toMatchObject({ events: 0, deliveries: 0 });
  });
});

test('an endpoint is told of what it asked for, and of all that happens after it was made', async () => {
  await using at = await listening(gateway, { eventTypes: ['verification.verified'] });
  const { id } = await at.sent();
  await at.confirm(id);
  expect(typesOf(await at.told(id, 1))).toEqual(['verification.verified']);
  expect(typesOf(await at.webhooks.events())).toEqual(['verification.verified']);
});

test('an endpoint is told that the attempts of a verification are spent that was sent before it was made', async () => {
  await using before = await listening(gateway);
  await before.webhooks.delete({ id: before.endpoint.id });
  const { id } = await before.sent();
  const { secret } = await before.webhooks.create({ url: before.sink.url });
  before.sink.expect(secret);
  for (let guess = 0; guess < 3; guess += 1) await before.confirm(id, '000000');
  await before.settle(id);
  expect(typesOf(await before.told(id, 1))).toEqual(['verification.failed']);
});

test('an endpoint without a URL has events written to be read, and is sent nothing', async () => {
  const workspace = await gateway.workspace();
  const webhooks = webhooksOf(workspace.test);
  await webhooks.create({});
  const { id: customerId } = await workspace.test.createCustomer({ email: 'ada@example.com' });
  const { id } = await workspace.test.sendEmail(customerId);
  await waitFor('both are there', async () => (await webhooks.events({ objectId: id })).length === 2);
  expect(await written(workspace.id)).toEqual({ events: 2, deliveries: 0, deadlines: 1 });
});

test('E1: of many right guesses at once one wins, and one event is written', async () => {
  await using at = await listening(gateway, { eventTypes: ['verification.verified'] });
  const { id } = await at.sent('ada@example.com', { maxAttempts: 10 });
  await Promise.all(Array.from({ length: 8 }, () => at.confirm(id)));
  await at.told(id, 1);
  expect(await written(at.workspace.id)).toMatchObject({ events: 1, deliveries: 1 });
});

describe('what upkeep removes', () => {
  test('is no event that is still to be tried: neither an old one that is sent again, nor any where a day is all that is kept', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    at.sink.answerWith(503);
    const { id } = await at.sent();
    const { pool } = gateway.storage.database;
    const kept = () => gateway.sql('select id from event where object_id = $1', [uuidOf(id)]);
    expect(await kept()).toHaveLength(1);
    // Zero days: everything is old enough.
    await sweepEvents(pool, 0);
    expect(await kept()).toHaveLength(1);
    await gateway.sql('update event_delivery set give_up_at = now() where object_id = $1', [uuidOf(id)]);
    await sweepEvents(pool, 0);
    expect(await kept()).toEqual([]);
  });

  test('events with their deliveries after thirty days, and not a day earlier, no more than its limit', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    await at.told(id, 2);
    const { pool } = gateway.storage.database;
    const age = (interval: string) =>
      gateway.sql(
        `with aged as (
           insert into event (workspace_id, mode, id, type, object_type, object_id, once, data)
           select workspace_id, mode,
             (lpad(to_hex((extract(epoch from now() - $3::interval) * 1000)::int8), 12, '0') || right(id::text, 23))::uuid,
             type, object_type, object_id, once || $3::interval::text, data
           from event where workspace_id = $1 and object_id = $2 and once not like '%days' returning id)
         insert into event_delivery (workspace_id, mode, endpoint_id, event_id, object_id, give_up_at)
         select $1, 'TEST', $4, aged.id, $2, now() from aged`,
        [at.workspace.id, uuidOf(id), interval, uuidOf(at.endpoint.id)],
      );
    await at.webhooks.update({ id: at.endpoint.id, enabled: false });
    await age('31 days');
    await age('29 days');
    expect(await written(at.workspace.id)).toMatchObject({ events: 6, deliveries: 6 });
    expect(await sweepEvents(pool, 30, 1)).toBe(1);
    expect(await sweepEvents(pool, 30)).toBe(1);
    expect(await sweepEvents(pool, 30)).toBe(0);
    expect(await written(at.workspace.id)).toMatchObject({ events: 4, deliveries: 4 });
  });

  test('is nothing where all is kept for longer than since 1970: no id is of a time before that', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    await at.told(id, 2);
    expect(await sweepEvents(gateway.storage.database.pool, 36_500)).toBe(0);
    expect(await written(at.workspace.id)).toMatchObject({ events: 2, deliveries: 2 });
  });
});
