import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/entities/database.js';
import { newId } from '../../src/kernel/ids.js';
import { openRows, type Row, type Rows } from './rows.js';

const SHA256_OF_A = hash('sha256', '{ a }', 'hex');

let rows: Rows;
let pool: Rows['pool'];
let world: Rows['world'];
let customer: Rows['customer'];
let insert: Rows['insert'];
let verification: Rows['verification'];
beforeAll(async () => {
  rows = await openRows();
  ({ pool, world, customer, insert, verification } = rows);
});
afterAll(() => rows[Symbol.asyncDispose]());

test.each<[string, Row, string]>([
  ['of none', { wrong_guesses: 0 }, 'guess_streak_wrong_guesses_check'],
  ['of more than a hundred', { wrong_guesses: 101 }, 'guess_streak_wrong_guesses_check'],
  ['in an unknown mode', { mode: 'DEMO' }, 'guess_streak_mode_check'],
])('the database refuses a row of wrong guesses %s', async (_, change, constraint) => {
  const row = { ...world, identity: 'ada@example.com', wrong_guesses: 1, ...change };
  expect(await insert('guess_streak', row)).toBe(constraint);
});

test.each<[string, Row, string]>([
  ['under the hash of another text', { body: '{ b }' }, 'operation_sha256_check'],
  ['under an id in capitals', { sha256: SHA256_OF_A.toUpperCase() }, 'operation_sha256_check'],
  ['run less than never', { runs: -1 }, 'operation_runs_check'],
  ['of no workspace', { workspace_id: newId() }, 'operation_workspace_fk'],
])('the database refuses an operation %s', async (_, change, constraint) => {
  const row = { workspace_id: world.workspace_id, sha256: SHA256_OF_A, body: '{ a }' };
  expect(await insert('operation', { ...row, ...change })).toBe(constraint);
});

describe('the database refuses a session', () => {
  const session = async (change: Row): Promise<Row> => {
    const verificationId = newId();
    await insert('verification', verification({ id: verificationId }));
    const key = newId();
    const lookup = key.slice(-12);
    const secret = { secret_hash: Buffer.alloc(32), name: 'n', kind: 'PUBLISHABLE', scopes: [] };
    await insert('api_key', { ...world, id: key, lookup, ...secret });
    const owners = { customer_id: customer, key_id: key, verification_id: verificationId };
    return { ...world, id: newId(), ...owners, refreshable_until: new Date(), ...change };
  };

  test.each<[string, Row, string]>([
    ['that ended for no reason', { ended_at: new Date() }, 'session_end_check'],
    ['with a reason and never ended', { end_reason: 'ENDED' }, 'session_end_check'],
    ['that ended for an unknown reason', { ended_at: new Date(), end_reason: 'BORED' }, 'session_end_reason_check'],
    ['of nobody', { customer_id: newId() }, 'session_customer_fk'],
    ['of no key', { key_id: newId() }, 'session_key_fk'],
    ['without its proof', { verification_id: newId() }, 'session_verification_fk'],
    ['in an unknown mode', { mode: 'DEMO' }, 'session_mode_check'],
  ])('%s', async (_, change, constraint) => {
    expect(await insert('session', await session(change))).toBe(constraint);
  });

  test('and a refresh token of none; with its session, a token goes', async () => {
    const row = await session({});
    const token = { ...world, hash: Buffer.alloc(32, 7), session_id: row['id'] as string };
    expect(await insert('refresh_token', token)).toBe('refresh_token_session_fk');
    expect(await insert('session', row)).toBeUndefined();
    expect(await insert('refresh_token', { ...token, mode: 'DEMO' })).toBe('refresh_token_mode_check');
    expect(await insert('refresh_token', token)).toBeUndefined();
    await run(pool, 'delete from session where id = $1', [row['id'] as string]);
    expect(await run(pool, 'select from refresh_token where hash = $1', [token.hash])).toEqual([]);
  });
});

test.each<[string, Row, string]>([
  ['with fewer than no guesses', { guesses: -1 }, 'connect_attempt_guesses_check'],
  ['in an unknown mode', { mode: 'DEMO' }, 'connect_attempt_mode_check'],
  ['of no workspace', { workspace_id: newId() }, 'connect_attempt_workspace_fk'],
])('the database refuses a request for a connect code %s', async (_, change, constraint) => {
  const row = { ...world, id: newId(), email_key: Buffer.alloc(32), expires_at: new Date() };
  expect(await insert('connect_attempt', { ...row, ...change })).toBe(constraint);
});

describe('the database refuses', () => {
  const endpoint = (): Row => ({ ...world, id: newId(), key_id: '0011aabb', sealed: Buffer.alloc(60) });
  const event = (): Row => ({
    ...world,
    id: newId(),
    type: 'verification.sent',
    object_type: 'Verification',
    object_id: newId(),
    data: '{}',
  });

  test.each<[string, Row, string]>([
    ['that is disabled for no reason', { status: 'DISABLED' }, 'webhook_endpoint_reason_check'],
    ['that is enabled for a reason', { disabled_reason: 'GONE' }, 'webhook_endpoint_reason_check'],
    ['of an unknown status', { status: 'SLEEPING' }, 'webhook_endpoint_status_check'],
    [
      'for an unknown reason',
      { status: 'DISABLED', disabled_reason: 'BORED' },
      'webhook_endpoint_disabled_reason_check',
    ],
    ['with half of a previous secret', { previous_key_id: '0011aabb' }, 'webhook_endpoint_previous_check'],
    ['in an unknown mode', { mode: 'DEMO' }, 'webhook_endpoint_mode_check'],
    ['of no workspace', { workspace_id: newId() }, 'webhook_endpoint_workspace_fk'],
  ])('an endpoint %s', async (_, change, constraint) => {
    expect(await insert('webhook_endpoint', endpoint())).toBeUndefined();
    expect(await insert('webhook_endpoint', { ...endpoint(), ...change })).toBe(constraint);
  });

  test.each<[string, Row, string]>([
    ['of an unknown type', { type: 'verification.done' }, 'event_type_check'],
    ['in an unknown mode', { mode: 'DEMO' }, 'event_mode_check'],
  ])('an event %s', async (_, change, constraint) => {
    expect(await insert('event', { ...event(), ...change })).toBe(constraint);
  });

  test('one fact of one object told twice', async () => {
    const fact = { object_id: newId(), once: 'verified' };
    expect(await insert('event', { ...event(), ...fact })).toBeUndefined();
    expect(await insert('event', { ...event(), ...fact })).toBe('event_once_unique');
    expect(await insert('event', { ...event(), ...fact, once: null })).toBeUndefined();
  });

  test.each<[string, Row, string]>([
    ['of no event', { event_id: newId() }, 'event_delivery_event_fk'],
    ['that was taken at no time', { status: 'DELIVERED' }, 'event_delivery_delivered_check'],
    ['that waits and was taken', { delivered_at: new Date() }, 'event_delivery_delivered_check'],
    ['of an unknown status', { status: 'LOST' }, 'event_delivery_status_check'],
  ])('a delivery %s', async (_, change, constraint) => {
    const told = event();
    await insert('event', told);
    const row = { ...world, endpoint_id: newId(), event_id: told['id'] as string, object_id: newId() };
    expect(await insert('event_delivery', { ...row, give_up_at: new Date(), ...change })).toBe(constraint);
  });

  test('a deadline in an unknown mode', async () => {
    const row = { ...world, verification_id: newId(), due_at: new Date(), mode: 'DEMO' };
    expect(await insert('verification_deadline', row)).toBe('verification_deadline_mode_check');
  });
});
