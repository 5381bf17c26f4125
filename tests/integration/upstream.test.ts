/** The main job with each of the six vendors behind it, Bird by both of its APIs, that hold the code themselves: chosen by configuration alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localId } from '../../src/kernel/ids.js';
import { sweepGrants } from '../../src/verification/upstream-grant.js';
import { type CustomerView, createCaller } from '../support/caller.js';
import { dump } from '../support/database-state.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { scrape } from '../support/metrics.js';
import { UPSTREAMS, type Upstream } from '../support/upstreams.js';
import { waitFor } from '../support/wait-for.js';

/** Every secret of the fakes has this in it. */
const HUNTER = 'hunter2';
const wrongOf = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));

let people = 0;
const nextPerson = () => {
  people += 1;
  const n = String(people).padStart(3, '0');
  return { platformCustomerId: `p-${n}`, email: `person-${n}@example.com`, phone: `+33612500${n}`, region: 'FR' };
};

describe.each(Object.keys(UPSTREAMS))('U1: behind the gateway stands %s:', (name) => {
  let vendor: Upstream;
  let gateway: TestGateway;
  let env: Record<string, string>;
  beforeAll(async () => {
    vendor = await (UPSTREAMS[name] as () => Promise<Upstream>)();
    env = { ...vendor.settings };
    for (const channel of vendor.channels) env[`PROVIDER_${channel}`] = name;
    gateway = await startGateway({ env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await vendor[Symbol.asyncDispose]();
  });

  const stepOf = (verificationId: string) => async () => {
    const [row] = await gateway.sql<{ status: string; provider: string }>(
      'select status, provider from verification_step where verification_id = $1 and index = 0',
      [localId('Verification', verificationId) ?? ''],
    );
    return row?.status === 'SENT' && row;
  };

  test.runIf(name !== 'transmit-security')(
    'a code is sent, guessed wrong, confirmed, and the contact is verified',
    async () => {
      const { live } = await gateway.workspace();
      for (const kind of ['Phone', 'Email'] as const) {
        if (kind === 'Email' && !vendor.channels.includes('EMAIL')) continue;
        const { region, ...person } = nextPerson();
        vendor.enroll(person);
        const { id: customerId } = await live.createCustomer({ region, ...person });
        const { id: verificationId } = await live[`send${kind}`](customerId);
        expect(await waitFor('it is sent', stepOf(verificationId))).toMatchObject({ provider: name });
        const { code = '' } = vendor.book.sent.at(-1) ?? {};
        const wrong = await live.call(`confirm${kind}`, { input: { verificationId, code: wrongOf(code) } });
        expect(wrong).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
        const right = await live.call(`confirm${kind}`, { input: { verificationId, code } });
        expect(right).toMatchObject({
          __typename: 'VerificationConfirmed',
          verification: { status: 'VERIFIED', failedAttempts: 1, attemptsLeft: 2 },
        });
        const read = await live.call<CustomerView>('customer', { id: customerId });
        expect(read.contactVerification?.[kind === 'Phone' ? 'phone' : 'email']).toBe('VERIFIED');
        expect(read.contactPoints.find((point) => point.kind === kind.toUpperCase())).toMatchObject({
          isPrimary: true,
          verifiedBy: kind === 'Phone' ? 'SMS_CODE' : 'EMAIL_CODE',
        });
      }
    },
  );

  test.runIf(name === 'transmit-security')(
    'for a user with their token a code is sent by the queue and confirmed; the token is sealed and forgotten',
    async () => {
      await using issuer = await startIdentityProvider();
      const { live } = await gateway.workspace();
      const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
      dataOf(await live.query(update, { input: { tokenIssuers: [issuer.entry] } }));
      const person = nextPerson();
      await live.createCustomer(person);
      const userToken = await issuer.sign({ sub: person.platformCustomerId });
      vendor.accept?.(userToken);
      const self = createCaller(gateway.url, userToken);
      for (const kind of ['Phone', 'Email'] as const) {
        const { verification } = await self.call(`send${kind}`, { input: {} });
        const { id: verificationId = '' } = verification ?? {};
        expect(await dump(gateway.sql)).not.toContain(userToken);
        await waitFor('it is sent', stepOf(verificationId));
        const { code = '' } = vendor.book.sent.at(-1) ?? {};
        const confirm = (guess: string) => self.call(`confirm${kind}`, { input: { verificationId, code: guess } });
        expect(await confirm(wrongOf(code))).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
        expect(await confirm(code)).toMatchObject({
          __typename: 'VerificationConfirmed',
          customer: { contactVerification: { [kind === 'Phone' ? 'phone' : 'email']: 'VERIFIED' } },
        });
      }
      expect(gateway.logs.join('\n')).not.toContain(userToken);

      // Kept for as long as the verification takes, and no longer.
      const grants = () => gateway.sql('select 1 from upstream_grant');
      const { pool } = gateway.storage.database;
      expect(await sweepGrants(pool)).toBe(0);
      expect(await grants()).toHaveLength(2);
      await gateway.sql(`update upstream_grant set expires_at = now() - interval '1 second'`);
      expect(await sweepGrants(pool)).toBe(2);
      expect(await grants()).toEqual([]);
    },
  );

  test.runIf(name === 'transmit-security')(
    'nothing is sent for a caller without a user token, who is told why at once',
    async () => {
      const { live } = await gateway.workspace();
      const { id: customerId } = await live.createCustomer(nextPerson());
      const asked = vendor.requests.length;
      const answer = await live.query(
        'mutation ($id: ID!) { sendPhoneVerification(input: { customerId: $id }) { __typename } }',
        {
          id: customerId,
        },
      );
      expect(errorOf(answer)).toMatchObject({ code: 'FORBIDDEN' });
      expect(JSON.stringify(answer.body)).toContain('needs a user token of the caller');
      expect(vendor.requests).toHaveLength(asked);
    },
  );

  test.runIf(name === 'easy-connect')(
    'nothing is sent for a customer without an email, by which the vendor knows them',
    async () => {
      const { live } = await gateway.workspace();
      const { id: customerId } = await live.createCustomer({ phone: nextPerson().phone });
      const asked = vendor.requests.length;
      const answer = await live.query(
        'mutation ($id: ID!) { sendPhoneVerification(input: { customerId: $id }) { __typename } }',
        {
          id: customerId,
        },
      );
      expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.customerId' });
      expect(vendor.requests).toHaveLength(asked);
    },
  );

  test.runIf(name === 'easy-connect')(
    'attack: a number that is not the customer’s own is not proven by a code that the vendor sends to another',
    async () => {
      const { live } = await gateway.workspace();
      const [{ region, ...person }, victim] = [nextPerson(), nextPerson()];
      vendor.enroll(person);
      const { id: customerId } = await live.createCustomer({ region, ...person });
      const asked = vendor.requests.length;
      const answer = await live.query(
        'mutation ($input: SendPhoneVerificationInput!) { sendPhoneVerification(input: $input) { __typename } }',
        { input: { customerId, phoneNumber: victim.phone } },
      );
      expect(errorOf(answer)).toMatchObject({
        code: 'BAD_USER_INPUT',
        argument: 'input.phoneNumber',
        reason: 'the provider easy-connect needs the primary contact of the customer as the recipient',
      });
      expect(vendor.requests).toHaveLength(asked);
    },
  );

  test.runIf(name === 'easy-connect')(
    'attack: nor is one that has stopped being theirs since it was sent, or before it was',
    async () => {
      const { id: workspaceId, live } = await gateway.workspace();
      const [{ region, ...person }, other] = [nextPerson(), nextPerson()];
      vendor.enroll(person);
      const { id: customerId } = await live.createCustomer({ region, ...person });
      const { id: verificationId } = await live.sendPhone(customerId);
      await waitFor('it is sent', stepOf(verificationId));
      const { code = '' } = vendor.book.sent.at(-1) ?? {};
      // The backend knows them by another number now, and so does the vendor.
      await live.query('mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }', {
        input: { customerId, kind: 'PHONE', value: other.phone, attestedBy: 'the backend' },
      });
      const asked = vendor.requests.length;
      const guess = await live.call('confirmPhone', { input: { verificationId, code } });
      expect(guess).toMatchObject({ __typename: 'CodeIncorrect' });
      await gateway.sql(`update verification set resend_available_at = now() where workspace_id = $1`, [workspaceId]);
      const document = `mutation ($id: ID!) { resendVerification(input: { verificationId: $id }) { __typename } }`;
      await live.query(document, { id: verificationId });
      await waitFor('the resend has failed', async () => {
        const [row] = await gateway.sql<{ reason: string | null }>(
          'select failure_reason as reason from verification_step where verification_id = $1',
          [localId('Verification', verificationId) ?? ''],
        );
        return row?.reason === 'easy-connect would send to another contact';
      });
      expect(vendor.requests).toHaveLength(asked);
    },
  );

  test('what the vendor cannot do is refused before sending', async () => {
    const { live } = await gateway.workspace();
    const { id: customerId } = await live.createCustomer(nextPerson());
    const asked = vendor.requests.length;
    const send =
      'mutation ($input: SendPhoneVerificationInput!) { sendPhoneVerification(input: $input) { __typename } }';
    const answer = await live.query(send, {
      input: { customerId, codeLength: 12, timeoutSeconds: 3600, locale: 'cy-GB' },
    });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', reason: expect.stringContaining(name) });
    expect(vendor.requests).toHaveLength(asked);
  });

  test('no code, no secret of the vendor and no token it gave is in the log, in the database or in a metric', async () => {
    const metrics = await scrape(gateway.url);
    expect(metrics).toContain(`provider="${name}"`);
    const everything = [...gateway.logs, metrics, await dump(gateway.sql)].join('\n');
    expect(vendor.book.sent.length).toBeGreaterThan(0);
    for (const secret of [HUNTER, 'eyJ.', ...Object.values(vendor.settings).filter((each) => each.includes(HUNTER))])
      expect(everything).not.toContain(secret);
    // Not within an id or behind the point of a second.
    for (const { code } of vendor.book.sent)
      expect(everything).not.toMatch(new RegExp(`(?<![0-9a-f.-])${code}(?![0-9a-f-])`));
  });
});
