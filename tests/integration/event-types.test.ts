/** Every type of event: written with what it tells of, told once, in order, to a receiver that checks signatures. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/entities/event.js';
import type { Caller, CustomerView, Variables } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { expire } from '../support/database-state.js';
import type { ToldEvent } from '../support/event-sink.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { listening, typesOf } from '../support/listening.js';
import { waitFor } from '../support/wait-for.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const WRONG = '000000';
/** What was told last, by type. */
const seen = new Map<string, ToldEvent['data']>();

/** Exactly these, in this order, each under an id of its own. */
function expectTypes(events: readonly ToldEvent[], ...types: string[]) {
  expect(typesOf(events)).toEqual(types);
  expect(new Set(events.map(({ id }) => id)).size).toBe(types.length);
  for (const { type, data } of events) seen.set(type, data);
}

const change = async (caller: Caller, field: string, type: string, input: Variables) =>
  dataOf(
    await caller.query<{ result: CustomerView }>(
      `mutation ($input: ${type}!) { result: ${field}(input: $input) { id contactPoints { id value } } }`,
      { input },
    ),
  ).result;

const attest = (caller: Caller, customerId: string, value: string) =>
  change(caller, 'attestContactPoint', 'AttestContactPointInput', {
    customerId,
    kind: 'EMAIL',
    value,
    attestedBy: 'bank',
  });

describe('E1: a verification', () => {
  test('that is sent, arrives and is confirmed; and the contact of its customer', async () => {
    await using at = await listening(gateway);
    const { id, customerId } = await at.sent();
    expect(await at.confirm(id)).toMatchObject({ __typename: 'VerificationConfirmed' });
    const events = await at.told(id, 3);
    expectTypes(events, 'verification.sent', 'verification.delivered', 'verification.verified');
    expect(events[0]?.data).toEqual({
      verificationId: id,
      customerId,
      kind: 'CODE',
      contactKind: 'EMAIL',
      channel: 'EMAIL',
      step: 0,
      send: 1,
      contact: 'a***@example.com',
    });
    const changed = await at.told(customerId, 1);
    expectTypes(changed, 'contact_verification.changed');
    expect(changed[0]?.data).toEqual({
      customerId,
      contactKind: 'EMAIL',
      contactPointId: expect.stringMatching(/^ContactPoint:/),
      change: 'VERIFIED',
      contact: 'a***@example.com',
    });
  });

  test('that cannot be delivered', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent('undeliverable@test.invalid');
    const events = await at.told(id, 2);
    expectTypes(events, 'verification.undelivered', 'verification.failed');
    expect(events[1]?.data).toMatchObject({ reason: 'UNDELIVERABLE' });
  });

  test('whose attempts are spent: told once, and not before guesses that were taken are compared', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    for (let guess = 0; guess < 3; guess += 1) await at.confirm(id, WRONG);
    const [deadline] = await gateway.sql<{ wait: number }>(
      'select extract(epoch from due_at - now())::float8 as wait from verification_deadline where verification_id = $1',
      [id.split(':')[1] as string],
    );
    expect(deadline?.wait).toBeLessThan(16);
    await at.settle(id);
    const events = await at.told(id, 3);
    expectTypes(events, 'verification.sent', 'verification.delivered', 'verification.failed');
    expect(events[2]?.data).toMatchObject({ reason: 'ATTEMPTS_EXHAUSTED' });
  });

  test('whose time ran out', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    await gateway.sql(`update verification set expires_at = now() - interval '1 minute' where id = $1`, [
      id.split(':')[1] as string,
    ]);
    await at.settle(id);
    expectTypes(await at.told(id, 3), 'verification.sent', 'verification.delivered', 'verification.expired');
  });

  test('that is looked at too early is looked at again, and one that was verified is not said to have expired', async () => {
    await using at = await listening(gateway);
    const { id } = await at.sent();
    await at.settle(id);
    const deadlines = () =>
      gateway.sql<{ late: boolean }>(
        'select due_at > now() as late from verification_deadline where verification_id = $1',
        [id.split(':')[1] as string],
      );
    await waitFor('the end is put off', async () => (await deadlines())[0]?.late);
    await at.confirm(id);
    await expire(gateway.sql, id);
    await at.settle(id);
    await waitFor('the deadline is done', async () => (await deadlines()).length === 0);
    expectTypes(await at.told(id, 3), 'verification.sent', 'verification.delivered', 'verification.verified');
    expect(typesOf(await at.webhooks.events({ objectId: id }))).toHaveLength(3);
  });
});

describe('a contact', () => {
  test('that is attested, made primary, and removed; and those of a customer who is deleted', async () => {
    await using at = await listening(gateway);
    const { id } = await at.caller.createCustomer();
    await attest(at.caller, id, 'one@example.com');
    // It is verified already: nothing changes.
    await attest(at.caller, id, 'one@example.com');
    const { contactPoints } = await attest(at.caller, id, 'two@example.com');
    await attest(at.caller, id, 'three@example.com');
    const point = (value: string) => contactPoints.find((each) => each.value === value)?.id as string;
    const two = point('two@example.com');
    await change(at.caller, 'setPrimaryContactPoint', 'ContactPointRefInput', { id: two });
    await change(at.caller, 'setPrimaryContactPoint', 'ContactPointRefInput', { id: two });
    await change(at.caller, 'removeContactPoint', 'ContactPointRefInput', { id: point('one@example.com') });
    await change(at.caller, 'deleteCustomer', 'DeleteCustomerInput', { id });
    const events = await at.told(id, 7);
    expectTypes(events, ...Array<string>(7).fill('contact_verification.changed'));
    expect(events.map(({ data }) => [data['change'], data['contactPointId'] === two])).toEqual([
      ['VERIFIED', false],
      ['VERIFIED', true],
      ['VERIFIED', false],
      ['PRIMARY_SET', true],
      ['REMOVED', false],
      ['REMOVED', expect.any(Boolean)],
      ['REMOVED', expect.any(Boolean)],
    ]);
  });

  test('that was never verified is told of nowhere: neither where it is removed nor where its customer is deleted', async () => {
    await using at = await listening(gateway);
    const { id } = await at.caller.createCustomer({ email: 'never@example.com', phone: '+33612345678' });
    const { contactPoints } = await attest(at.caller, id, 'one@example.com');
    const never = contactPoints.find(({ value }) => value === 'never@example.com')?.id;
    await change(at.caller, 'removeContactPoint', 'ContactPointRefInput', { id: never });
    await change(at.caller, 'deleteCustomer', 'DeleteCustomerInput', { id });
    const events = await at.webhooks.events({ objectId: id });
    expect(events.map(({ data }) => data['change'])).toEqual(['VERIFIED', 'REMOVED']);
  });

  test('that takes the place of a verified primary one', async () => {
    await using at = await listening(gateway);
    const { id, customerId } = await at.sent();
    await at.confirm(id);
    const { id: other } = await at.caller.sendEmail(customerId, { email: 'new@example.com' });
    await at.confirm(other, '123456', { updatePrimary: true });
    const events = await at.told(customerId, 3);
    expect(events.map(({ data }) => data['change'])).toEqual(['VERIFIED', 'VERIFIED', 'PRIMARY_SET']);
  });

  test('at which a hundred guesses in a row were wrong', async () => {
    await using at = await listening(gateway);
    const { id, customerId } = await at.sent();
    await gateway.sql(`insert into guess_streak values ($1, 'TEST', 'ada@example.com', 98)`, [at.workspace.id]);
    await at.confirm(id, WRONG);
    await at.confirm(id, WRONG);
    expect(await at.confirm(id, WRONG)).toMatchObject({ code: 'TOO_MANY' });
    const events = await at.told(customerId, 1);
    expectTypes(events, 'contact.blocked');
    expect(events[0]?.data).toEqual({
      customerId,
      verificationId: id,
      contactKind: 'EMAIL',
      contact: 'a***@example.com',
    });
  });
});

test('a session whose refresh token was used twice; and the contacts that connect verifies', async () => {
  await using at = await listening(gateway);
  dataOf(await at.caller.query('mutation { updateWorkspace(input: { connectStampsEmail: true }) { id } }'));
  const browser = await createBrowser(gateway.url, at.workspace);
  const person = newPerson();
  const { id: customerId } = await at.caller.createCustomer(person);
  const { refreshToken } = await browser.connect(person.email);
  await browser.refresh(refreshToken);
  await gateway.sql(
    `update refresh_token set spent_at = spent_at - interval '1 minute' where workspace_id = $1 and spent_at is not null`,
    [at.workspace.id],
  );
  for (let again = 0; again < 2; again += 1)
    expect(await browser.refresh(refreshToken)).toMatchObject({ code: 'SESSION_ENDED' });
  const events = await at.told(customerId, 3);
  expectTypes(events, 'contact_verification.changed', 'contact_verification.changed', 'session.reuse_detected');
  expect(events.slice(0, 2).map(({ data }) => data['contactKind'])).toEqual(['EMAIL', 'PHONE']);
  expect(events[2]?.data).toEqual({ customerId, keyId: `ApiKey:${browser.keyId}`, session: expect.any(String) });
});

describe('docs/events.md', () => {
  const samples = [...readFileSync('docs/events.md', 'utf8').matchAll(/^### `(.+)`\n[^#]*?```json\n([^`]+)```/gm)].map(
    ([, type = '', json = '']) => [type, JSON.parse(json) as Record<string, unknown>] as const,
  );

  test('has a sample of every type, and each was seen', () => {
    expect(samples.map(([type]) => type).sort()).toEqual([...EVENT_TYPES].sort());
    expect([...seen.keys()].sort()).toEqual([...EVENT_TYPES].sort());
  });

  test.each(samples)('shows what is told by %s', (type, sample) => {
    const shapeOf = (data: Readonly<Record<string, unknown>>) =>
      Object.entries(data)
        .map(([name, value]) => `${name}: ${/^[A-Z]\w+:/.exec(String(value))?.[0] ?? typeof value}`)
        .sort();
    expect(shapeOf(seen.get(type) ?? {})).toEqual(shapeOf(sample));
  });
});
