/** Managing endpoints: their terms, their secrets, and who may touch them. */
import { afterAll, describe, expect, test } from 'vitest';
import { generatedSecret } from '../../src/entities/data-directory.js';
import { resealSecrets } from '../../src/events/rotate-secret.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { createCaller } from '../support/caller.js';
import { dump } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { listening, typesOf, uuidOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '100' } });
afterAll(() => gateway[Symbol.asyncDispose]());
const URL_OF_NOBODY = 'https://receiver.example/hooks';

/** A key with these scopes and nothing else. */
async function narrowed(workspace: Awaited<ReturnType<typeof gateway.workspace>>, ...scopes: string[]) {
  return webhooksOf(createCaller(gateway.url, (await workspace.key({ scopes })).secret));
}

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
  test('signs beside the new one until the overlap is over; then the new one alone', async () => {
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
    await waitFor('all are moved', async () => (await resealSecrets(pool, next)) === 0);
    const keys = await gateway.sql<{ key_id: string; previous_key_id: string }>(
      'select key_id, previous_key_id from webhook_endpoint where id = $1',
      [uuidOf(endpoint.id)],
    );
    expect(keys).toEqual([{ key_id: next.current.id, previous_key_id: next.current.id }]);
    const back = deriveKeyRing(
      [generatedSecret(gateway.dataDirectory), 'a new secret of 32 bytes or more.'],
      'webhook',
    );
    await waitFor('all are moved back', async () => (await resealSecrets(pool, back)) === 0);
  });
});

describe('contacts', () => {
  test('are told in clear where the endpoint asks for them, masked elsewhere, and stand in no event', async () => {
    await using at = await listening(gateway, { includeContacts: true });
    await using beside = await listening(gateway);
    for (const each of [at, beside]) {
      const { id, customerId } = await each.sent();
      await each.confirm(id);
      const events = [...(await each.told(id, 3)), ...(await each.told(customerId, 1))];
      const contact = each === at ? 'ada@example.com' : 'a***@example.com';
      expect(events.map(({ data }) => data['contact'])).toEqual(Array(4).fill(contact));
    }
    const rows = await gateway.sql<{ row: string }>('select e::text as row from event e');
    expect(rows.length).toBeGreaterThan(7);
    expect(rows.map(({ row }) => row).join()).not.toMatch(/ada|example\.com/);
    const shown = JSON.stringify(await at.webhooks.events());
    expect(shown).not.toMatch(/example\.com/);
  });

  test('that were removed meanwhile are told no more', async () => {
    await using at = await listening(gateway, { includeContacts: true, eventTypes: ['contact_verification.changed'] });
    at.sink.answerWith(500);
    const { id, customerId } = await at.sent();
    await at.confirm(id);
    await waitFor('the first attempt', () => at.sink.attempts().length > 0);
    const point = String(at.sink.attempts()[0]?.data['contactPointId']);
    await at.caller.query('mutation ($id: ID!) { removeContactPoint(input: { id: $id }) { id } }', { id: point });
    at.sink.answerWith(200);
    await gateway.sql('update event_delivery set next_attempt_at = now()');
    const events = await at.told(customerId, 2);
    expect(events.map(({ data }) => [data['change'], data['contact']])).toEqual([
      ['VERIFIED', null],
      ['REMOVED', null],
    ]);
  });

  test('are not to be had by a key that may not read customers: neither by a new endpoint nor by moving one', async () => {
    const workspace = await gateway.workspace();
    const [reader, writer] = [
      webhooksOf(workspace.test),
      await narrowed(workspace, 'workspace:read', 'workspace:write'),
    ];
    const refused = async (field: 'create' | 'update', input: object) =>
      expect(errorOf(await writer.ask(field, { ...input }))).toMatchObject({ code: 'FORBIDDEN' });
    await refused('create', { url: URL_OF_NOBODY, includeContacts: true });
    const { endpoint } = await writer.create({ url: URL_OF_NOBODY });
    await refused('update', { id: endpoint.id, includeContacts: true });
    const { endpoint: full } = await reader.create({ url: URL_OF_NOBODY, includeContacts: true });
    await refused('update', { id: full.id, url: 'https://elsewhere.example/' });
    expect(await writer.update({ id: full.id, includeContacts: false })).toMatchObject({ includeContacts: false });
    expect((await reader.list()).map(({ url }) => url)).toEqual([URL_OF_NOBODY, URL_OF_NOBODY]);
  });
});

describe('an event', () => {
  test('is sent once more under the same id, also to an endpoint that came later', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    const { id } = await at.sent();
    const [event] = await at.told(id, 1);
    await waitFor(
      'it is written down',
      async () => (await at.webhooks.events())[0]?.deliveries[0]?.status === 'DELIVERED',
    );
    const answer = await at.webhooks.redeliver({ id: event?.id, endpointId: at.endpoint.id });
    expect(answer).toMatchObject({ id: event?.id, type: 'verification.sent', objectId: id });
    expect((await at.told(id, 2)).map((each) => each.id)).toEqual([event?.id, event?.id]);
    const { endpoint: later } = await at.webhooks.create({ url: `${at.sink.url}/later` });
    await at.webhooks.redeliver({ id: event?.id, endpointId: later.id });
    await waitFor('the later one is tried', () => at.sink.requests.some(({ path }) => path === '/later'));
    const [audit] = await gateway.sql<{ n: number }>(
      `select count(*)::int as n from audit_event where workspace_id = $1 and action = 'event.redelivered'`,
      [at.workspace.id],
    );
    expect(audit?.n).toBe(2);
  });

  test('is not sent where nothing is sent', async () => {
    await using at = await listening(gateway, { eventTypes: ['verification.sent'] });
    const { id } = await at.sent();
    const [event] = await at.told(id, 1);
    const { endpoint: silent } = await at.webhooks.create({});
    for (const endpoint of [silent, await at.webhooks.update({ id: at.endpoint.id, enabled: false })]) {
      const error = errorOf(await at.webhooks.ask('redeliver', { id: event?.id, endpointId: endpoint.id }));
      expect(error).toMatchObject({ code: 'CONFLICT', argument: 'input.endpointId' });
    }
  });

  test('is listed by type, object and time, and found by its id', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    const { id: other } = await at.sent('bob@example.com');
    await at.told(other, 2);
    const { events } = at.webhooks;
    expect(typesOf(await events({ objectId: id }))).toEqual(['verification.sent', 'verification.delivered']);
    expect((await events({ types: ['verification.delivered'] })).map(({ objectId }) => objectId)).toEqual([id, other]);
    const all = await events();
    const from = all[2]?.createdAt;
    expect((await events({ from })).map((event) => event.id)).toEqual(all.slice(2).map((event) => event.id));
    expect((await events({ to: from })).map((event) => event.id)).toEqual(all.slice(0, 2).map((event) => event.id));
    expect(await events({ objectId: 'Verification:none' })).toEqual([]);
    const node = await at.caller.query('query ($id: ID!) { node(id: $id) { id ... on Event { type } } }', {
      id: all[0]?.id,
    });
    expect(node.body.data).toEqual({ node: { id: all[0]?.id, type: 'verification.sent' } });
    const endpoint = await at.caller.query('query ($id: ID!) { node(id: $id) { id } }', { id: at.endpoint.id });
    expect(endpoint.body.data).toEqual({ node: { id: at.endpoint.id } });
  });
});

describe('another workspace, and the other mode', () => {
  test('see neither endpoints nor events, change none, and are told nothing', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    const [event] = await at.told(id, 2);
    const stranger = await gateway.workspace();
    for (const caller of [stranger.test, at.workspace.live]) {
      const webhooks = webhooksOf(caller);
      expect(await webhooks.list()).toEqual([]);
      expect(await webhooks.events()).toEqual([]);
      expect(await webhooks.events({ objectId: id })).toEqual([]);
      const { endpoint: own } = await webhooks.create({ url: `${at.sink.url}/stranger` });
      const inputs = {
        update: { id: at.endpoint.id, url: URL_OF_NOBODY },
        rotate: { id: at.endpoint.id },
        delete: { id: at.endpoint.id },
        redeliver: { id: event?.id, endpointId: own.id },
      } as const;
      for (const [field, input] of Object.entries(inputs))
        expect(errorOf(await webhooks.ask(field as keyof typeof inputs, input)).code).toBe('NOT_FOUND');
      for (const node of [event?.id, at.endpoint.id])
        expect((await caller.query('query ($id: ID!) { node(id: $id) { id } }', { id: node })).body.data).toEqual({
          node: null,
        });
    }
    await at.told((await at.sent('bob@example.com')).id, 2);
    expect(at.sink.requests.filter(({ path }) => path === '/stranger')).toEqual([]);
  });
});
