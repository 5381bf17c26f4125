/** Bad input is refused with a code, the argument at fault and the request's id, and leaves nothing behind. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CustomerView } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const { test: caller } = await gateway.workspace();
let ada: CustomerView;
let verificationId: string;
beforeAll(async () => {
  ada = await caller.createCustomer({ email: 'ada@example.com', phone: '+14155550123' });
  verificationId = (await caller.sendEmail(ada.id)).id;
});

const SEND_EMAIL = 'sendEmailVerification';
const SEND_PHONE = 'sendPhoneVerification';
const CONFIRM = 'confirmVerification';

/** What is wrong, the field, its input, and the argument that the error names. */
type Case = [what: string, field: string, input: () => Record<string, unknown>, argument: string];
const cases: Case[] = [
  ['an email without a domain', SEND_EMAIL, () => ({ customerId: ada.id, email: 'ada' }), 'input.email'],
  ['two emails in one', SEND_EMAIL, () => ({ customerId: ada.id, email: 'a@x.com,b@x.com' }), 'input.email'],
  ['an empty email', SEND_EMAIL, () => ({ customerId: ada.id, email: '' }), 'input.email'],
  [
    'a phone with an extension',
    SEND_PHONE,
    () => ({ customerId: ada.id, phoneNumber: '+14155550123 ext. 5' }),
    'input.phoneNumber',
  ],
  [
    'a premium-rate number',
    SEND_PHONE,
    () => ({ customerId: ada.id, phoneNumber: '+19005550123' }),
    'input.phoneNumber',
  ],
  ['a national number', SEND_PHONE, () => ({ customerId: ada.id, phoneNumber: '4155550123' }), 'input.phoneNumber'],
  ['email as the channel of a phone', SEND_PHONE, () => ({ customerId: ada.id, channel: 'EMAIL' }), 'input.channel'],
  ['codeLength 3', SEND_EMAIL, () => ({ customerId: ada.id, codeLength: 3 }), 'input.codeLength'],
  ['codeLength 13', SEND_PHONE, () => ({ customerId: ada.id, codeLength: 13 }), 'input.codeLength'],
  ['timeoutSeconds 29', SEND_EMAIL, () => ({ customerId: ada.id, timeoutSeconds: 29 }), 'input.timeoutSeconds'],
  ['timeoutSeconds 3601', SEND_PHONE, () => ({ customerId: ada.id, timeoutSeconds: 3601 }), 'input.timeoutSeconds'],
  ['maxAttempts 0', SEND_EMAIL, () => ({ customerId: ada.id, maxAttempts: 0 }), 'input.maxAttempts'],
  ['maxAttempts 11', SEND_PHONE, () => ({ customerId: ada.id, maxAttempts: 11 }), 'input.maxAttempts'],
  ['a locale that is none', SEND_EMAIL, () => ({ customerId: ada.id, locale: 'en_us!' }), 'input.locale'],
  ['no customer', SEND_EMAIL, () => ({ email: 'ada@example.com' }), 'input.customerId'],
  ['a code that is too short for any', CONFIRM, () => ({ verificationId, code: '123' }), 'input.code'],
  ['a code that is too short for this one', CONFIRM, () => ({ verificationId, code: '12345' }), 'input.code'],
  ['a code that is too long for this one', CONFIRM, () => ({ verificationId, code: '1234567' }), 'input.code'],
  ['a code with letters', CONFIRM, () => ({ verificationId, code: '12345a' }), 'input.code'],
  ['a code of other digits', CONFIRM, () => ({ verificationId, code: '१२३४५६' }), 'input.code'],
  ['neither customer nor verification', 'confirmEmailVerification', () => ({ code: '123456' }), 'input.customerId'],
  ['an email of a new customer', 'createCustomer', () => ({ platformCustomerId: 'p', email: '@x' }), 'input.email'],
  ['a region that is none', 'createCustomer', () => ({ platformCustomerId: 'p', region: 'ZZ' }), 'input.region'],
  ['an empty platform id', 'createCustomer', () => ({ platformCustomerId: '' }), 'input.platformCustomerId'],
];

describe.each(cases)('%s', (_, field, input, argument) => {
  const inputType = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  test.each(['a variable', 'a literal'])('as %s is BAD_USER_INPUT', async (form) => {
    const before = await rowCounts(gateway.sql);
    const answer =
      form === 'a variable'
        ? await caller.query(`mutation ($input: ${inputType}!) { ${field}(input: $input) { __typename } }`, {
            input: input(),
          })
        : await caller.query(`mutation { ${field}(input: ${literal(input())}) { __typename } }`);
    const { status, code, argument: named, reason, requestId } = errorOf(answer);
    expect({ status, code, argument: named }).toEqual({ status: 200, code: 'BAD_USER_INPUT', argument });
    expect(reason).toMatch(/\w/);
    expect(requestId).toBe(answer.headers.get('x-request-id'));
    expect(answer.body.data ?? null).toBeNull();
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });
});

describe('a value of the wrong type', () => {
  test('as a variable is BAD_USER_INPUT that names the path', async () => {
    const document =
      'mutation ($input: ConfirmVerificationInput!) { confirmVerification(input: $input) { __typename } }';
    const before = await rowCounts(gateway.sql);
    const answer = await caller.query(document, { input: { verificationId, code: 123456 } });
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', argument: 'input.code' });
    const missing = await caller.query(document, {});
    expect(errorOf(missing)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', argument: 'input' });
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });

  test('as a literal is GRAPHQL_VALIDATION_FAILED', async () => {
    const answer = await caller.query(
      `mutation { confirmVerification(input: {verificationId: "x", code: 123456}) { __typename } }`,
    );
    expect(errorOf(answer)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  test.each([
    ['a DateTime', '{ verifications(from: "2020") { nodes { id } } }'],
    ['a JSONObject', 'mutation { updateWorkspace(input: {accessTokenClaims: "x"}) { id } }'],
    ['a text', `mutation { sendEmailVerification(input: {email: "${'D'.repeat(2049)}"}) { __typename } }`],
  ])('%s that is none is told with its place', async (_, document) => {
    const { body } = await caller.query(document);
    const column = document.indexOf('"') + 1;
    expect(body.errors).toMatchObject([{ locations: [{ line: 1, column }] }]);
  });
});

test('a platform id with half a surrogate pair, which would be stored as that of others, is BAD_USER_INPUT', async () => {
  const answer = await caller.query('mutation ($i: CreateCustomerInput!) { createCustomer(input: $i) { id } }', {
    i: { platformCustomerId: 'u\ud83d' },
  });
  expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.platformCustomerId' });
});

test('a platform id that is taken is CONFLICT and creates nothing', async () => {
  const before = await rowCounts(gateway.sql);
  const again = { platformCustomerId: ada.platformCustomerId, email: 'new@example.com' };
  const answer = await caller.query('mutation ($i: CreateCustomerInput!) { createCustomer(input: $i) { id } }', {
    i: again,
  });
  expect(errorOf(answer)).toMatchObject({ code: 'CONFLICT', argument: 'input.platformCustomerId' });
  expect(await rowCounts(gateway.sql)).toEqual(before);
});

/** The value as GraphQL writes it: names without quotes, enum values of the channel too. */
function literal(value: Record<string, unknown>): string {
  const fields = Object.entries(value).map(
    ([name, field]) => `${name}: ${name === 'channel' ? field : JSON.stringify(field)}`,
  );
  return `{${fields.join(', ')}}`;
}
