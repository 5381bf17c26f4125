/** Managing endpoints: their terms, their secrets, and who may touch them. */
import { afterAll, describe, expect, test } from 'vitest';
import { generatedSecret } from '../../src/entities/data-directory.js';
import { RESEAL_BATCH } from '../../src/entities/reseal.js';
import { createSecretReseal } from '../../src/events/reseal-secrets.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { dump } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { listening, uuidOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '100' } });
afterAll(() => gateway[Symbol.asyncDispose]());
const URL_OF_NOBODY = 'https://receiver.example/hooks';

describe('an endpoint', () => {
  test('is made with a secret that is shown once and stands nowhere in clear', async () => {
    const { test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    const { secret, endpoint } = await webhooks.create({ url: URL_OF_NOBODY });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toEqual({
      id: expect.stringMatching(/^WebhookEndpoint:/),
      url: URL_OF_NOBODY,
      eventTypes: [],
      includeContacts: false,
      status: 'ENABLED',
      disabledReason: null,
      previousSecretUntil: null,
    });
    expect(await webhooks.list()).toEqual([endpoint]);
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const database = await dump(gateway.sql);
    for (const form of [secret, secret.slice('whsec_'.length), bytes.toString('hex')])
      expect(database).not.toContain(form);
    expect(gateway.logs.join('\n')).not.toContain(secret);
  });

  test.each([
    ['http://receiver.example/hooks', 'must start with https://'],
    ['ftp://receiver.example', 'must start with https://'],
    ['https://user:secret@receiver.example', 'must name no user'],
    ['https://receiver.example/#part', 'must have no fragment'],
    ['https://receiver.example/ hooks', 'not an absolute URL'],
    ['/hooks', 'not an absolute URL'],
    [`https://receiver.example/${'é'.repeat(400)}`, 'must have 2048 characters at most, encoded'],
  ])('is not made for %s', async (url, reason) => {
    const { test: caller } = await gateway.workspace();
    const error = errorOf(await webhooksOf(caller).ask('create', { url }));
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.url', reason });
  });

  test('names types that there are, each once', async () => {
    const { test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    for (const eventTypes of [['verification.done'], ['verification.sent', 'verification.sent']]) {
      const error = errorOf(await webhooks.ask('create', { url: URL_OF_NOBODY, eventTypes }));
      expect(error).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.eventTypes' });
    }
  });

  test('is changed in what is given, and stopped and started', async () => {
    const { test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    const { endpoint } = await webhooks.create({ url: URL_OF_NOBODY });
    const changed = await webhooks.update({ id: endpoint.id, eventTypes: ['contact.blocked'], enabled: false });
    expect(changed).toEqual({
      ...endpoint,
      eventTypes: ['contact.blocked'],
      status: 'DISABLED',
      disabledReason: 'REQUESTED',
    });
    expect(await webhooks.update({ id: endpoint.id, url: null, enabled: true })).toMatchObject({
      url: null,
      eventTypes: ['contact.blocked'],
      status: 'ENABLED',
      disabledReason: null,
    });
  });

  test('is one of twenty at most, however many are made at once', async () => {
    const { test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    const answers = await Promise.all(Array.from({ length: 25 }, () => webhooks.ask('create', { url: URL_OF_NOBODY })));
    expect(answers.filter(({ body }) => !body.errors)).toHaveLength(20);
    expect(answers.flatMap(({ body }) => body.errors ?? []).map(({ extensions }) => extensions.code)).toEqual(
      Array(5).fill('CONFLICT'),
    );
  });

  test('that is removed is told nothing more, of what waited neither', async () => {
    await using at = await listening(gateway);
    at.sink.answerWith(500);
    await at.sent();
    await waitFor('the first attempt', () => at.sink.attempts().length > 0);
    await at.webhooks.delete({ id: at.endpoint.id });
    expect(await at.webhooks.list()).toEqual([]);
    at.sink.answerWith(200);
    await gateway.sql('update event_delivery set next_attempt_at = now(), leased_until = null');
    await using other = await listening(gateway);
    await other.told((await other.sent()).id, 2);
    expect(at.sink.told).toEqual([]);
    expect((await at.webhooks.events())[0]?.deliveries).toEqual([]);
  });

  test('is in the audit log with what was done to it, without its URL', async () => {
    const { id: workspaceId, test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    const { endpoint } = await webhooks.create({ url: `${URL_OF_NOBODY}?key=hunter2` });
    await webhooks.update({ id: endpoint.id, url: `${URL_OF_NOBODY}?key=hunter3` });
    await webhooks.rotate({ id: endpoint.id });
    await webhooks.delete({ id: endpoint.id });
    const events = await gateway.sql<{ action: string; details: object }>(
      'select action, details from audit_event where workspace_id = $1 and object_id = $2 order by id',
      [workspaceId, uuidOf(endpoint.id)],
    );
    expect(events).toEqual([
      { action: 'webhook_endpoint.created', details: { eventTypes: [], includeContacts: false } },
      { action: 'webhook_endpoint.updated', details: { changed: ['url'] } },
      { action: 'webhook_endpoint.secret_rotated', details: { overlapSeconds: 86_400 } },
      { action: 'webhook_endpoint.deleted', details: {} },
    ]);
  });
});

describe('a secret that is rotated', () => {
  test('E2: signs beside the new one until the overlap is over; then the new one alone', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    const { secret, endpoint } = await at.webhooks.rotate({ id: at.endpoint.id, overlapSeconds: 3600 });
    expect(secret).not.toBe(at.secret);
    expect(Date.parse(endpoint.previousSecretUntil as string)).toBeGreaterThan(Date.now() + 3_000_000);
    await at.told((await at.sent()).id, 1);
    at.sink.expect(secret);
    await at.told((await at.sent()).id, 1);
    await gateway.sql('update webhook_endpoint set previous_until = now() where id = $1', [uuidOf(endpoint.id)]);
    await at.told((await at.sent()).id, 1);
    const signatures = at.sink.requests.map(({ headers }) => String(headers['webhook-signature']).split(' ').length);
    expect(signatures).toEqual([2, 2, 1]);
    expect((await at.webhooks.list())[0]?.previousSecretUntil).toBeNull();
  });

  test('is worth nothing at once without an overlap', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    const { secret } = await at.webhooks.rotate({ id: at.endpoint.id, overlapSeconds: 0 });
    const { id } = await at.sent();
    await waitFor('the old secret does not fit', async () =>
      (await at.webhooks.events({ objectId: id }))[0]?.deliveries.some(({ lastStatusCode }) => lastStatusCode === 401),
    );
    at.sink.expect(secret);
    await gateway.sql('update event_delivery set next_attempt_at = now()');
    await at.told(id, 1);
  });

  test('goes under the newest key when GATEWAY_SECRET is replaced, and the previous one with it', async () => {
    const { test: caller } = await gateway.workspace();
    const webhooks = webhooksOf(caller);
    const { endpoint } = await webhooks.create({ url: URL_OF_NOBODY });
    await webhooks.rotate({ id: endpoint.id });
    const { pool } = gateway.storage.database;
    const next = deriveKeyRing(
      ['a new secret of 32 bytes or more.', generatedSecret(gateway.dataDirectory)],
      'webhook',
    );
    const move = createSecretReseal(pool, next);
    await waitFor('all are moved', async () => (await move()).found === 0);
    const keys = await gateway.sql<{ key_id: string; previous_key_id: string }>(
      'select key_id, previous_key_id from webhook_endpoint where id = $1',
      [uuidOf(endpoint.id)],
    );
    expect(keys).toEqual([{ key_id: next.current.id, previous_key_id: next.current.id }]);
    const back = deriveKeyRing(
      [generatedSecret(gateway.dataDirectory), 'a new secret of 32 bytes or more.'],
      'webhook',
    );
    const moveBack = createSecretReseal(pool, back);
    await waitFor('all are moved back', async () => (await moveBack()).found === 0);
  });

  test('moves although the one before it is under a key that is gone: behind its overlap that signs nothing', async () => {
    await using alone = await startGateway({ work: false });
    const { test: caller } = await alone.workspace();
    const webhooks = webhooksOf(caller);
    const { endpoint } = await webhooks.create({ url: URL_OF_NOBODY });
    await webhooks.rotate({ id: endpoint.id });
    const lose = (until: string) =>
      alone.sql(`update webhook_endpoint set previous_key_id = 'deadbeef', previous_until = ${until}`);
    const secrets = ['a new secret of 32 bytes or more.', generatedSecret(alone.dataDirectory)];
    const keys = deriveKeyRing(secrets, 'webhook');
    const reseal = createSecretReseal(alone.storage.database.pool, keys);
    await lose(`now() + interval '1 hour'`);
    expect((await reseal()).found).toBe(0);
    await lose('now()');
    expect(await reseal()).toEqual({ found: 1, unopened: [] });
    expect(await alone.sql('select key_id, previous_key_id, previous_until from webhook_endpoint')).toEqual([
      { key_id: keys.current.id, previous_key_id: null, previous_until: null },
    ]);
    expect((await reseal()).found).toBe(0);
  });

  test('that does not open is told of, and keeps none behind it under the old key, however many there are', async () => {
    await using alone = await startGateway({ work: false });
    const { test: caller } = await alone.workspace();
    const { endpoint } = await webhooksOf(caller).create({ url: URL_OF_NOBODY });
    const whole = uuidOf(endpoint.id);
    // More than one batch of secrets of another place, all of them in front of the whole one.
    await alone.sql(
      `insert into webhook_endpoint select (jsonb_populate_record(e, jsonb_build_object(
         'id', '00000000-0000-7000-8000-' || lpad(n::text, 12, '0')))).*
       from webhook_endpoint e, generate_series(1, ${RESEAL_BATCH + 1}) n`,
    );
    const secrets = ['a new secret of 32 bytes or more.', generatedSecret(alone.dataDirectory)];
    const keys = deriveKeyRing(secrets, 'webhook');
    const reseal = createSecretReseal(alone.storage.database.pool, keys);
    const reports = [await reseal(), await reseal()];
    expect(reports.map(({ found, unopened }) => [found, unopened.length])).toEqual([
      [RESEAL_BATCH, RESEAL_BATCH],
      [2, 1],
    ]);
    expect(reports.flatMap(({ unopened }) => unopened)).not.toContain(whole);
    const moved = await alone.sql<{ id: string }>('select id from webhook_endpoint where key_id = $1', [
      keys.current.id,
    ]);
    expect(moved).toEqual([{ id: whole }]);
    // They are tried again, and told of again, for as long as they are there.
    expect((await reseal()).unopened).toHaveLength(RESEAL_BATCH);
  });
});
