/** Who is told what of an event, who sees it, and who has it sent again. */
import { afterAll, describe, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { listening, typesOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '100' } });
afterAll(() => gateway[Symbol.asyncDispose]());
const URL_OF_NOBODY = 'https://receiver.example/hooks';

/** A key with these scopes and nothing else. */
async function narrowed(workspace: Awaited<ReturnType<typeof gateway.workspace>>, ...scopes: string[]) {
  return webhooksOf(createCaller(gateway.url, (await workspace.key({ scopes })).secret));
}

describe('contacts', () => {
  test('E2: are told in clear where the endpoint asks for them, masked elsewhere, and stand in no event', async () => {
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
    expect(rows.map(({ row }) => row).join()).not.toMatch(/ada@|example\.com/);
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
    expect(await events({ objectId: id.replace('Verification', 'Customer') }), 'of another type').toEqual([]);
    // PostgreSQL's text holds no NUL.
    expect(await events({ types: ['verification.done', '\0'] })).toEqual([]);
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
