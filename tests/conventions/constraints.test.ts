import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.js';
import { openRows, type Row, type Rows } from './rows.js';

let rows: Rows;
let world: Rows['world'];
let customer: Rows['customer'];
let insert: Rows['insert'];
let insertCustomer: Rows['insertCustomer'];
let verification: Rows['verification'];
beforeAll(async () => {
  rows = await openRows();
  ({ world, customer, insert, insertCustomer, verification } = rows);
});
afterAll(() => rows[Symbol.asyncDispose]());

const contact = (change: Row): Row => ({
  ...world,
  id: newId(),
  customer_id: customer,
  kind: 'EMAIL',
  value: 'ada@example.com',
  identity: 'ada@example.com',
  ...change,
});
const step = (change: Row): Row => ({
  ...world,
  index: 0,
  channel: 'EMAIL',
  recipient: 'ada@example.com',
  identity: 'ada@example.com',
  provider: 'smtp',
  ...change,
});

describe('the database refuses a verification', () => {
  test.each<[string, Row, string]>([
    ['with more wrong guesses than attempts', { failed_attempts: 4 }, 'verification_attempts_check'],
    ['with fewer than no wrong guesses', { failed_attempts: -1 }, 'verification_attempts_check'],
    ['with a code of 3 digits', { code_length: 3 }, 'verification_code_length_check'],
    ['with a code of 13 digits', { code_length: 13 }, 'verification_code_length_check'],
    ['by code without a code', { code_length: 0 }, 'verification_code_length_check'],
    ['by link with a code', { kind: 'LINK' }, 'verification_code_length_check'],
    ['that lasts 29 seconds', { timeout_seconds: 29 }, 'verification_timeout_check'],
    ['that lasts 3601 seconds', { timeout_seconds: 3601 }, 'verification_timeout_check'],
    ['with more given back than may be', { given_back: 6 }, 'verification_given_back_check'],
    ['with fewer than none given back', { given_back: -1 }, 'verification_given_back_check'],
    ['without an attempt', { max_attempts: 0 }, 'verification_max_attempts_check'],
    ['with 11 attempts', { max_attempts: 11 }, 'verification_max_attempts_check'],
    ['that is verified at no time', { status: 'VERIFIED' }, 'verification_verified_check'],
    ['that was verified and is pending', { verified_at: new Date() }, 'verification_verified_check'],
    ['in an unknown status', { status: 'DONE' }, 'verification_status_check'],
    ['of an unknown kind', { kind: 'MAGIC' }, 'verification_kind_check'],
    ['of an unknown contact', { contact_kind: 'FAX' }, 'verification_contact_kind_check'],
    ['in an unknown mode', { mode: 'DEMO' }, 'verification_mode_check'],
    ['of nobody', { customer_id: newId() }, 'verification_customer_fk'],
    ['of a customer of the other mode', { mode: 'LIVE' }, 'verification_customer_fk'],
  ])('%s', async (_, change, constraint) => {
    expect(await insert('verification', verification(change))).toBe(constraint);
  });

  test('and takes one at each of its bounds', async () => {
    for (const change of [
      { code_length: 4, timeout_seconds: 30, max_attempts: 1, failed_attempts: 1 },
      { code_length: 12, timeout_seconds: 3600, max_attempts: 10, failed_attempts: 10 },
      { status: 'VERIFIED', verified_at: new Date() },
      { kind: 'LINK', code_length: 0 },
    ]) {
      expect(await insert('verification', verification(change))).toBeUndefined();
    }
  });
});

describe('the database refuses a contact', () => {
  test('that a second customer verifies, and takes it in the other world or unverified', async () => {
    const verified = { identity: 'one@example.com', verified_at: new Date(), verified_by: 'EMAIL_CODE' };
    const second = await insertCustomer();
    expect(await insert('contact_point', contact(verified))).toBeUndefined();
    expect(await insert('contact_point', contact({ ...verified, customer_id: second }))).toBe(
      'contact_point_verified_owner_unique',
    );
    expect(
      await insert('contact_point', contact({ identity: 'one@example.com', customer_id: second })),
    ).toBeUndefined();
  });

  test.each<[string, Row, string]>([
    ['verified by nothing', { verified_at: new Date() }, 'contact_point_evidence_check'],
    ['with evidence and never verified', { verified_by: 'EMAIL_CODE' }, 'contact_point_evidence_check'],
    ['with unknown evidence', { verified_at: new Date(), verified_by: 'HEARSAY' }, 'contact_point_verified_by_check'],
    ['of an unknown kind', { kind: 'FAX' }, 'contact_point_kind_check'],
    ['of nobody', { customer_id: newId() }, 'contact_point_customer_fk'],
  ])('%s', async (_, change, constraint) => {
    expect(await insert('contact_point', contact({ identity: 'two@example.com', ...change }))).toBe(constraint);
  });

  test('that the customer has already', async () => {
    expect(await insert('contact_point', contact({ identity: 'three@example.com' }))).toBeUndefined();
    expect(await insert('contact_point', contact({ identity: 'three@example.com' }))).toBe(
      'contact_point_of_customer_unique',
    );
  });
});

test.each<[string, Row, string]>([
  ['before the first', { index: -1 }, 'verification_step_index_check'],
  ['after the tenth', { index: 10 }, 'verification_step_index_check'],
  ['sent less than never', { sends: -1 }, 'verification_step_sends_check'],
  ['by an unknown channel', { channel: 'PIGEON' }, 'verification_step_channel_check'],
  ['in an unknown status', { status: 'LOST' }, 'verification_step_status_check'],
  ['of no verification', {}, 'verification_step_verification_fk'],
])('the database refuses a step %s', async (_, change, constraint) => {
  expect(await insert('verification_step', step({ verification_id: newId(), ...change }))).toBe(constraint);
});

test('the database refuses a link of no verification, and one of an unknown mode', async () => {
  const link = { ...world, verification_id: newId(), redirect_uri: 'https://app.example/', update_primary: false };
  expect(await insert('verification_link', link)).toBe('verification_link_verification_fk');
  expect(await insert('verification_link', { ...link, mode: 'DEMO' })).toBe('verification_link_mode_check');
});

test.each<[string, Row, string]>([
  [
    'api_key',
    { id: newId(), lookup: 'x', secret_hash: Buffer.alloc(32), name: 'n', kind: 'ROOT', scopes: [] },
    'api_key_kind_check',
  ],
  [
    'customer',
    { id: newId(), platform_customer_id: 'p', uma_address: 'u', customer_type: 'ROBOT' },
    'customer_customer_type_check',
  ],
])('the database refuses an unknown kind of %s', async (table, row, constraint) => {
  expect(await insert(table, { ...world, ...row })).toBe(constraint);
});

test.each<[string, Row, string]>([
  ['for no address at all', { allowed_ips: [] }, 'api_key_allowed_ips_check'],
  ['for 101 addresses', { allowed_ips: new Array(101).fill('192.0.2.1') }, 'api_key_allowed_ips_check'],
  ['rotated to one that is not there', { rotated_to: newId() }, 'api_key_rotated_to_fk'],
])('the database refuses a key %s', async (_, change, constraint) => {
  const key = { id: newId(), lookup: newId().slice(-12), secret_hash: Buffer.alloc(32), name: 'n', kind: 'SECRET' };
  expect(await insert('api_key', { ...world, ...key, scopes: [], ...change })).toBe(constraint);
});

const method = (change: Row): Row => ({
  ...world,
  id: newId(),
  customer_id: customer,
  fingerprint: Buffer.from(newId().replaceAll('-', '')),
  type: 'CARD',
  ...change,
});

describe('the database refuses a saved method', () => {
  test.each<[string, Row, string]>([
    ['of an unknown type', { type: 'CASH' }, 'saved_method_type_check'],
    ['of an unknown kind of card', { card_type: 'GIFT' }, 'saved_method_card_type_check'],
    ['with three last digits', { last4: '424' }, 'saved_method_last4_check'],
    ['with a letter among the last digits', { last4: '4a42' }, 'saved_method_last4_check'],
    ['that expires in month 0', { expiry_month: 0 }, 'saved_method_expiry_month_check'],
    ['that expires in month 13', { expiry_month: 13 }, 'saved_method_expiry_month_check'],
    ['that expired in 1999', { expiry_year: 1999 }, 'saved_method_expiry_year_check'],
    ['that expires in 2101', { expiry_year: 2101 }, 'saved_method_expiry_year_check'],
    ['with a fingerprint in clear', { fingerprint: Buffer.from('FP4242') }, 'saved_method_fingerprint_check'],
    ['in an unknown mode', { mode: 'DEMO' }, 'saved_method_mode_check'],
    ['of nobody', { customer_id: newId() }, 'saved_method_customer_fk'],
    ['of a customer of the other mode', { mode: 'LIVE' }, 'saved_method_customer_fk'],
  ])('%s', async (_, change, constraint) => {
    expect(await insert('saved_method', method(change))).toBe(constraint);
  });

  test('that the customer has already, and an instrument of no method or in an unknown mode', async () => {
    const fingerprint = Buffer.alloc(32, 7);
    const id = newId();
    expect(await insert('saved_method', method({ id, fingerprint }))).toBeUndefined();
    expect(await insert('saved_method', method({ fingerprint }))).toBe('saved_method_fingerprint_unique');
    const instrument = { ...world, method_id: id, merchant_id: 'shop', key_id: '0011aabb', sealed: Buffer.alloc(28) };
    expect(await insert('saved_method_instrument', instrument)).toBeUndefined();
    for (const [change, constraint] of [
      [{ method_id: newId() }, 'saved_method_instrument_method_fk'],
      [{ mode: 'DEMO' }, 'saved_method_instrument_mode_check'],
    ] as [Row, string][]) {
      expect(await insert('saved_method_instrument', { ...instrument, ...change })).toBe(constraint);
    }
  });
});

test('the database refuses a token that was lent for no verification', async () => {
  const lent = { verification_id: newId(), key_id: '0011aabb', sealed: Buffer.alloc(32), expires_at: new Date() };
  expect(await insert('upstream_grant', { ...world, ...lent })).toBe('upstream_grant_verification_fk');
  expect(await insert('upstream_grant', { ...world, ...lent, mode: 'NEITHER' })).toBe('upstream_grant_mode_check');
});

test('the database refuses a counter that counted less than nothing', async () => {
  const { workspace_id } = world;
  const row = { workspace_id, key: Buffer.alloc(32), hits: -1, expires_at: new Date() };
  expect(await insert('rate_limit_window', row)).toBe('rate_limit_window_hits_check');
});

test('the database refuses a platform id and a UMA address that are taken, and takes them in the other mode', async () => {
  const row = { ...world, platform_customer_id: 'taken', uma_address: '$taken@x.test' };
  expect(await insert('customer', { ...row, id: newId() })).toBeUndefined();
  expect(await insert('customer', { ...row, id: newId(), uma_address: '$free@x.test' })).toBe(
    'customer_platform_id_unique',
  );
  expect(await insert('customer', { ...row, id: newId(), platform_customer_id: 'free' })).toBe(
    'customer_uma_address_unique',
  );
  expect(await insert('customer', { ...row, id: newId(), mode: 'LIVE' })).toBeUndefined();
});
