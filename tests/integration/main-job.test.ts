/** The main job from the first query to the verified contact, in test mode. */
import { afterAll, describe, expect, test } from 'vitest';
import type { ContactPointView, CustomerView, Outcome, VerificationView } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { startGateway } from '../support/harness.js';
import { waitFor } from '../support/wait-for.js';

const CODE = '123456';
const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const inFrance = { region: 'FR', email: 'Ada@Example.com', phone: '+33612345678' };

describe('a customer whose region requires both contacts', () => {
  test('C1: C5: is verified after both codes were sent and confirmed, and comes back whole', async () => {
    const { test: caller } = await gateway.workspace();
    const customer = await caller.createCustomer(inFrance);
    expect(customer).toMatchObject({
      email: 'Ada@example.com',
      phone: '+33612345678',
      contactVerification: { email: 'PENDING', phone: 'PENDING' },
    });

    await caller.sendEmail(customer.id);
    const first = await caller.call('confirmEmail', { input: { customerId: customer.id, code: CODE } });
    expect(first.customer?.contactVerification).toEqual({ email: 'VERIFIED', phone: 'PENDING' });

    const { id: verificationId } = await caller.sendPhone(customer.id);
    const second = await caller.call('confirmPhone', { input: { verificationId, code: CODE } });
    expect(second).toMatchObject({
      __typename: 'VerificationConfirmed',
      verification: { id: verificationId, status: 'VERIFIED', failedAttempts: 0, attemptsLeft: 3 },
      customer: { id: customer.id, contactVerification: { email: 'VERIFIED', phone: 'VERIFIED' } },
    });
    const points = second.customer?.contactPoints ?? [];
    expect(points.map(({ kind, value, isPrimary, verifiedBy }) => ({ kind, value, isPrimary, verifiedBy }))).toEqual([
      { kind: 'EMAIL', value: 'Ada@example.com', isPrimary: true, verifiedBy: 'EMAIL_CODE' },
      { kind: 'PHONE', value: '+33612345678', isPrimary: true, verifiedBy: 'SMS_CODE' },
    ]);
    expect(points.every(({ verifiedAt }) => verifiedAt !== null)).toBe(true);
  });

  test('R1: R2: reads the same by id, by the platform id and by contactVerification', async () => {
    const { test: caller } = await gateway.workspace();
    const { id } = await caller.createCustomer({ ...inFrance, platformCustomerId: 'shop/42' });
    const byId = await caller.call<CustomerView>('customer', { id });
    const byPlatformId = await caller.call<CustomerView>('customer', { platformCustomerId: 'shop/42' });
    expect(byPlatformId).toEqual(byId);
    expect(byId.contactVerification).toEqual(await caller.call('contactVerification', { id }));
  });

  test('R1: is nobody where the policy asks nothing: contactVerification is null', async () => {
    const { test: caller } = await gateway.workspace();
    const american = await caller.createCustomer({ ...inFrance, region: 'US' });
    const nowhere = await caller.createCustomer({ email: 'b@example.com' });
    for (const { id, contactVerification } of [american, nowhere]) {
      expect(contactVerification).toBeNull();
      expect(await caller.call('contactVerification', { id })).toBeNull();
    }
  });
});

test('R1: a channel that the policy does not require is null, whatever the customer has', async () => {
  const { id: workspaceId, test: caller } = await gateway.workspace();
  const policy = JSON.stringify([{ region: 'FR', channels: ['PHONE'] }]);
  await gateway.sql('update workspace set contact_verification_policy = $2::jsonb where id = $1', [
    workspaceId,
    policy,
  ]);
  const { id, contactVerification } = await caller.createCustomer(inFrance);
  expect(contactVerification).toEqual({ email: null, phone: 'PENDING' });
  expect(await caller.call('contactVerification', { id })).toEqual({ email: null, phone: 'PENDING' });
});

test('S1: a secret key sends a code by email and to a phone for any customer; nobody is created and nobody is logged in', async () => {
  const { test: caller } = await gateway.workspace();
  const [ada, bob] = [await caller.createCustomer(inFrance), await caller.createCustomer({ email: 'bob@example.com' })];
  const before = await rowCounts(gateway.sql);
  const sent = [
    await caller.sendEmail(ada.id),
    await caller.sendPhone(ada.id),
    await caller.sendPhone(bob.id, { phoneNumber: '+33612345670' }),
  ];
  expect(sent.map(({ status, steps }) => ({ status, to: steps[0]?.to }))).toEqual([
    { status: 'PENDING', to: 'Ada@example.com' },
    { status: 'PENDING', to: '+33612345678' },
    { status: 'PENDING', to: '+33612345670' },
  ]);
  const steps = before['verification_step'] ?? 0;
  expect(await rowCounts(gateway.sql)).toEqual({
    ...before,
    verification: (before['verification'] ?? 0) + 3,
    verification_step: steps + 3,
    'pgboss.job': (before['pgboss.job'] ?? 0) + 3,
  });
});

test('viewer names the key, its world and its workspace', async () => {
  const { id, test: caller, live } = await gateway.workspace();
  const { viewer } =
    (await caller.query<{ viewer: object }>('{ viewer { kind mode scopes customer { id } workspace { id name } } }'))
      .body.data ?? {};
  expect(viewer).toMatchObject({
    kind: 'SECRET_KEY',
    mode: 'TEST',
    customer: null,
    workspace: { id: `Workspace:${id}`, name: 'Acme Market' },
  });
  expect(viewer).toHaveProperty('scopes', expect.arrayContaining(['customers:read', 'verifications:write']));
  expect((await live.query('{ viewer { mode } }')).body.data).toEqual({ viewer: { mode: 'LIVE' } });
});

test('K6: in test mode a wrong guess has the length that was asked for, or that of 123456', async () => {
  const { test: caller } = await gateway.workspace();
  const { id: customerId } = await caller.createCustomer(inFrance);
  const { id: verificationId } = await caller.sendPhone(customerId, { codeLength: 8, maxAttempts: 5 });
  const guess = (code: string) => caller.call('confirm', { input: { verificationId, code } });
  expect(await guess('99999999')).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 4 });
  expect(await guess('999999')).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 3 });
  expect(await guess(CODE)).toMatchObject({ __typename: 'VerificationConfirmed' });
});

describe('a verification', () => {
  test('shows its step DELIVERED once the worker has sent it', async () => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer(inFrance);
    const sent = await caller.sendPhone(customerId, {
      channel: 'WHATSAPP',
      codeLength: 8,
      timeoutSeconds: 90,
      maxAttempts: 5,
    });
    expect(sent).toMatchObject({
      status: 'PENDING',
      codeLength: 8,
      timeoutSeconds: 90,
      maxAttempts: 5,
      attemptsLeft: 5,
    });
    expect(Date.parse(sent.expiresAt) - Date.parse(sent.createdAt)).toBe(90_000);
    const read = () => caller.call<VerificationView & { customer: { id: string } }>('verification', { id: sent.id });
    const delivered = await waitFor('the step is delivered', async () => {
      const verification = await read();
      return verification.steps[0]?.status === 'DELIVERED' && verification;
    });
    expect(delivered.steps).toMatchObject([
      { channel: 'WHATSAPP', to: '+33612345678', provider: 'test-mode', sends: 1, failureReason: null },
    ]);
    expect(delivered.steps[0]?.deliveredAt).not.toBeNull();
    expect(delivered.customer.id).toBe(customerId);
  });

  test('leaves the evidence of the channel it went through', async () => {
    const { test: caller } = await gateway.workspace();
    for (const [channel, verifiedBy] of [
      ['SMS', 'SMS_CODE'],
      ['WHATSAPP', 'WHATSAPP_CODE'],
      ['VOICE', 'VOICE_CODE'],
    ]) {
      const { id } = await caller.createCustomer({ email: 'x@example.com' });
      const phoneNumber = `+3361234567${channel?.length}`;
      const { id: verificationId } = await caller.sendPhone(id, { phoneNumber, channel });
      const { customer } = await caller.call('confirm', { input: { verificationId, code: CODE } });
      expect(customer?.contactPoints.find(({ kind }) => kind === 'PHONE')).toMatchObject({
        value: phoneNumber,
        verifiedBy,
        isPrimary: true,
      });
    }
  });

  test('of another customer named by the confirmation is NOT_FOUND, and so is another contact', async () => {
    const { test: caller } = await gateway.workspace();
    const ada = await caller.createCustomer(inFrance);
    const bob = await caller.createCustomer({ email: 'bob@example.com' });
    const { id: verificationId } = await caller.sendEmail(ada.id);
    for (const input of [
      { verificationId, customerId: bob.id },
      { verificationId, email: 'bob@example.com' },
      { customerId: ada.id, email: 'bob@example.com' },
      { customerId: bob.id },
      { verificationId: 'Verification:018f0000-0000-7000-8000-000000000000' },
      { verificationId: 'nonsense' },
    ]) {
      expect(await caller.call('confirmEmail', { input: { ...input, code: CODE } })).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect(await caller.call('confirmPhone', { input: { verificationId, code: CODE } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await caller.call('verification', { id: verificationId })).toMatchObject({ failedAttempts: 0 });
  });
});

describe('updatePrimary', () => {
  const secondEmail = async (updatePrimary: boolean | undefined): Promise<ContactPointView[]> => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer(inFrance);
    await caller.sendEmail(customerId);
    await caller.call('confirmEmail', { input: { customerId, code: CODE } });
    await caller.sendEmail(customerId, { email: 'second@example.com' });
    const input = {
      customerId,
      email: 'SECOND@example.com',
      code: CODE,
      ...(updatePrimary !== undefined && { updatePrimary }),
    };
    const { customer } = await caller.call<Outcome>('confirmEmail', { input });
    const primary = customer?.contactPoints.find(({ kind, isPrimary }) => kind === 'EMAIL' && isPrimary);
    expect(customer?.email).toBe(primary?.value);
    return customer?.contactPoints.filter(({ kind }) => kind === 'EMAIL') ?? [];
  };

  test.each([
    [undefined, 'Ada@example.com'],
    [false, 'Ada@example.com'],
    [true, 'second@example.com'],
  ])('C2: %s: a verified primary email ends as %s', async (updatePrimary, primary) => {
    const emails = await secondEmail(updatePrimary);
    expect(emails.map(({ value }) => value)).toEqual(['Ada@example.com', 'second@example.com']);
    expect(emails.every(({ verifiedAt }) => verifiedAt !== null)).toBe(true);
    expect(emails.filter(({ isPrimary }) => isPrimary).map(({ value }) => value)).toEqual([primary]);
  });

  test('is not needed to replace a primary that was never verified', async () => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer(inFrance);
    await caller.sendEmail(customerId, { email: 'second@example.com' });
    const { customer } = await caller.call('confirmEmail', { input: { customerId, code: CODE } });
    expect(customer).toMatchObject({ email: 'second@example.com', contactVerification: { email: 'VERIFIED' } });
  });
});
