/** Receivers that are slow, broken, gone or hostile, and senders that crash. */

import { pino } from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { generatedSecret } from '../../src/entities/data-directory.js';
import { claimDeliveries } from '../../src/events/claim.js';
import { startDispatcher } from '../../src/events/dispatcher.js';
import { createWebhookSender } from '../../src/events/send-webhook.js';
import { settleDelivery } from '../../src/events/settle-delivery.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { createOutside } from '../../src/providers/outside.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { startGateway } from '../support/harness.js';
import { listening, typesOf, uuidOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

/** Ends the pause before the next try of every delivery, so that no test waits for it. */
const hurry = () =>
  gateway.sql(`update event_delivery set next_attempt_at = now() where status = 'PENDING' and next_attempt_at > now()`);

type Listening = Awaited<ReturnType<typeof listening>>;
const deliveryOf = async (at: Listening, index = 0) => (await at.webhooks.events())[index]?.deliveries[0];
const hurriedTold = (at: Listening, id: string, count: number) =>
  waitFor(`${count} events of ${id}`, async () => {
    await hurry();
    const events = at.toldAbout(id);
    return events.length >= count && events;
  });

describe('E1: an event that is not taken is sent again under the same id', () => {
  test.each<[string, (at: Listening) => void, RegExp]>([
    ['by a server error', ({ sink }) => sink.answerWith(500), /^answered 500$/],
    ['by any other refusal', ({ sink }) => sink.answerWith(404), /^answered 404$/],
    [
      'by an answer that breaks off before its status',
      ({ sink }) => sink.answerWith(0),
      /^could not be reached \(ECONNRESET\)$/,
    ],
    ['by a redirect, which is not followed', ({ sink }) => sink.misbehave('redirect'), /^redirects are not followed$/],
    [
      'by nobody, because the receiver is down',
      ({ sink }) => void sink.close(),
      /^could not be reached \(ECONNREFUSED\)$/,
    ],
  ])('%s', async (_, spoil, failure) => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    spoil(at);
    const { id } = await at.sent();
    const failed = await waitFor('the first attempt', async () => {
      const delivery = await deliveryOf(at);
      return delivery?.lastFailure ? delivery : undefined;
    });
    expect(failed).toMatchObject({ status: 'PENDING', attempts: 1, deliveredAt: null });
    expect(failed.lastFailure).toMatch(failure);
    at.sink.answerWith(200);
    at.sink.misbehave();
    await at.sink.open().catch(() => {});
    const [event] = await hurriedTold(at, id, 1);
    expect(new Set(at.sink.attempts().map((attempt) => attempt.id))).toEqual(new Set([event?.id]));
    await waitFor('it is written down', async () => (await deliveryOf(at))?.status === 'DELIVERED');
    expect(await deliveryOf(at)).toMatchObject({ lastStatusCode: 200, lastFailure: null, nextAttemptAt: null });
  });

  test('where the answer is endless: its status counts, and the line is cut', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    at.sink.misbehave('huge');
    await at.sent();
    await waitFor('it is delivered', async () => (await deliveryOf(at))?.status === 'DELIVERED');
  });

  test('with pauses that grow, until three days have passed; then it is given up, and the next of its object is told', async () => {
    await using at = await listening(gateway);
    at.sink.answerWith(({ type }) => (type === 'verification.sent' ? 503 : 200));
    const { id } = await at.sent();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const [row] = await waitFor(`attempt ${attempt}`, async () => {
        const rows = await gateway.sql<{ pause: number; days: number }>(
          `select extract(epoch from d.next_attempt_at - now())::float8 as pause,
                  extract(epoch from d.give_up_at - v.created_at)::float8 / 86400 as days
           from event_delivery d join event v on v.id = d.event_id
           where v.object_id = $1 and v.type = 'verification.sent' and d.attempts = $2 and d.leased_until is null`,
          [uuidOf(id), attempt],
        );
        return rows.length > 0 && rows;
      });
      pauses.push(row?.pause as number);
      expect(row?.days).toBeCloseTo(3, 2);
      // The one behind it is not tried meanwhile, and nobody looks at it before.
      expect(typesOf(at.sink.attempts().filter(({ type }) => type !== 'verification.sent'))).toEqual([]);
      await hurry();
    }
    for (let index = 1; index < pauses.length; index += 1)
      expect(pauses[index]).toBeGreaterThan(pauses[index - 1] as number);
    expect(pauses.at(-1)).toBeGreaterThan(7 * 3600);
    expect(pauses.at(-1)).toBeLessThan(9 * 3600);

    await gateway.sql(
      `update event_delivery set give_up_at = now(), next_attempt_at = now() where event_id in (
         select id from event where object_id = $1 and type = 'verification.sent')`,
      [uuidOf(id)],
    );
    expect(typesOf(await hurriedTold(at, id, 1))).toEqual(['verification.delivered']);
    expect(await deliveryOf(at)).toMatchObject({ status: 'GIVEN_UP', nextAttemptAt: null, lastStatusCode: 503 });
  });
});

test('E1: of one object, no event overtakes another that fails; events of other objects do not wait for it', async () => {
  await using at = await listening(gateway, {
    eventTypes: ['verification.sent', 'verification.delivered', 'verification.verified'],
  });
  const { id: first } = await at.sent('one@example.com');
  at.sink.answerWith(({ data }) => (data['verificationId'] === first ? 500 : 200));
  await at.confirm(first);
  const { id: second } = await at.sent('two@example.com');
  await at.confirm(second);
  await at.told(second, 3);
  at.sink.answerWith(200);
  expect(typesOf(await hurriedTold(at, first, 3))).toEqual([
    'verification.sent',
    'verification.delivered',
    'verification.verified',
  ]);
});

test('E1: an endpoint that answers 410 is disabled, and told nothing until it is enabled: then what waited comes', async () => {
  await using at = await listening(gateway);
  at.sink.answerWith(410);
  const { id } = await at.sent();
  await waitFor('it is disabled', async () => (await at.webhooks.list())[0]?.status === 'DISABLED');
  expect(await at.webhooks.list()).toMatchObject([{ status: 'DISABLED', disabledReason: 'GONE' }]);
  const before = at.sink.attempts().length;
  expect(before).toBe(1);
  at.sink.answerWith(200);
  const other = await listening(gateway);
  await other.sent();
  await other.told((await other.sent()).id, 2);
  await other.sink.close();
  expect(at.sink.attempts().length).toBe(before);
  await at.webhooks.update({ id: at.endpoint.id, enabled: true });
  expect(typesOf(await at.told(id, 2))).toEqual(['verification.sent', 'verification.delivered']);
  const audit = await gateway.sql<{ actor_kind: string; details: object }>(
    `select actor_kind, details from audit_event where workspace_id = $1 and action = 'webhook_endpoint.disabled'`,
    [at.workspace.id],
  );
  expect(audit).toEqual([{ actor_kind: 'ENDPOINT', details: { reason: 'GONE' } }]);
});

/** Verifies the contact of a new customer by somebody's word: one event. */
async function attest({ caller }: Awaited<ReturnType<typeof listening>>): Promise<string> {
  const { id: customerId } = await caller.createCustomer();
  await caller.query('mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }', {
    input: { customerId, kind: 'EMAIL', value: 'ada@example.com', attestedBy: 'bank' },
  });
  return customerId;
}

test('E1: an answer of 410 that an address gave which the endpoint has left since disables nothing', async () => {
  await using idle = await startGateway({ work: false });
  const { database } = idle.storage;
  await using at = await listening(idle);
  await attest(at);
  const [claimed] = await claimDeliveries(database.pool, 50, { endpointIds: [], rooms: [] });
  await at.webhooks.update({ id: at.endpoint.id, url: `${at.sink.url}/moved` });
  const late = { statusCode: 410, failure: 'answered 410' };
  await settleDelivery(database, claimed as NonNullable<typeof claimed>, late);
  expect(await at.webhooks.list()).toMatchObject([{ status: 'ENABLED', disabledReason: null }]);
});

test('a slow endpoint keeps no other waiting', async () => {
  await using slow = await listening(gateway);
  slow.sink.misbehave('silent');
  for (let sends = 0; sends < 8; sends += 1) await slow.sent(`slow${sends}@example.com`);
  await waitFor('all its places are taken', () => slow.sink.requests.length >= 5);
  await using quick = await listening(gateway);
  await quick.told((await quick.sent()).id, 2);
  // Still none was answered: the deadline of an attempt is longer than this test has taken.
  expect(slow.sink.told).toEqual([]);
});

test('an attempt is over after ten seconds', async () => {
  await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
  at.sink.misbehave('silent');
  await at.sent();
  const delivery = await waitFor(
    'the deadline',
    async () => {
      const found = await deliveryOf(at);
      return found?.lastFailure ? found : undefined;
    },
    25_000,
  );
  expect(delivery).toMatchObject({ lastStatusCode: null, lastFailure: 'no answer within 10 seconds' });
});

describe('a process that crashes between sending and noting it', () => {
  test('has the event sent again under the same id, by whoever comes after; nobody does before', async () => {
    await using idle = await startGateway({ work: false });
    const { storage, dataDirectory } = idle;
    const { pool } = storage.database;
    await using at = await listening(idle);
    const customerId = await attest(at);
    const webhookKeys = deriveKeyRing([generatedSecret(dataDirectory)], 'webhook');
    const send = createWebhookSender({ outside: createOutside(false), webhookKeys });
    const [claimed, ...more] = await claimDeliveries(pool, 50, { endpointIds: [], rooms: [] });
    expect(more).toEqual([]);
    expect(await send(claimed as NonNullable<typeof claimed>)).toEqual({ statusCode: 200, failure: null });
    expect(at.sink.told).toHaveLength(1);

    expect(await claimDeliveries(pool, 50, { endpointIds: [], rooms: [] })).toEqual([]);
    await idle.sql('update event_delivery set leased_until = now()');
    const dispatcher = startDispatcher({
      database: storage.database,
      send,
      metrics: createMetrics(),
      logger: pino({ level: 'silent' }),
    });
    const events = await at.told(customerId, 2);
    await dispatcher.stop();
    expect(events[1]).toEqual(events[0]);
    expect(await deliveryOf(at)).toMatchObject({ status: 'DELIVERED', attempts: 2 });
    expect(await claimDeliveries(pool, 50, { endpointIds: [], rooms: [] })).toEqual([]);
  });
});

test.each([
  ['was taken', { statusCode: 200, failure: null }],
  ['was not taken', { statusCode: 500, failure: 'answered 500' }],
  ['was refused for good', { statusCode: 410, failure: 'answered 410' }],
])(
  'an attempt that was under way when its event was asked for again, and %s, does not speak for the new one',
  async (_, late) => {
    await using idle = await startGateway({ work: false });
    const { database } = idle.storage;
    await using at = await listening(idle);
    await attest(at);
    const claim = async () => {
      const [claimed, ...more] = await claimDeliveries(database.pool, 50, { endpointIds: [], rooms: [] });
      expect(more).toEqual([]);
      return claimed as NonNullable<typeof claimed>;
    };
    const first = await claim();
    const [event] = await at.webhooks.events();
    await at.webhooks.redeliver({ id: event?.id, endpointId: at.endpoint.id });
    const second = await claim();
    await settleDelivery(database, first, late);
    expect(await deliveryOf(at)).toMatchObject({ status: 'PENDING', attempts: 1, lastStatusCode: null });
    expect(await claimDeliveries(database.pool, 50, { endpointIds: [], rooms: [] })).toEqual([]);
    await settleDelivery(database, second, { statusCode: 200, failure: null });
    expect(await deliveryOf(at)).toMatchObject({ status: 'DELIVERED', lastStatusCode: 200, lastFailure: null });
  },
);
