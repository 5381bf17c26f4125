/** The main job with each of the six vendors behind it that hold the code themselves: chosen by configuration alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../src/access/principal.js';
import { openOutbox } from '../../src/delivery/outbox.js';
import { loadConfig } from '../../src/kernel/config.js';
import { localId } from '../../src/kernel/ids.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { buildProviders } from '../../src/providers/build.js';
import { purgeGrants } from '../../src/verification/upstream-grant.js';
import { bindVerification } from '../../src/verification/use-cases.js';
import type { CustomerView } from '../support/caller.js';
import { dump } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { UPSTREAMS, type Upstream } from '../support/upstreams.js';
import { waitFor } from '../support/wait-for.js';

const SECRET = 'upstream-test-secret-of-32-bytes-or-more';

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
    env = { ...vendor.settings, GATEWAY_SECRET: SECRET };
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
    'for a user with their token a code is sent by the queue and confirmed; the token is sealed',
    async () => {
      const workspace = await gateway.workspace();
      const person = nextPerson();
      const { id } = await workspace.live.createCustomer(person);
      const config = loadConfig({ ...env, GATEWAY_DATA_DIR: 'unused' });
      await using resources = new AsyncDisposableStack();
      const providers = await buildProviders(config);
      resources.defer(() => providers.close());
      const logger = { error() {}, debug() {} } as never;
      const { orm, location, database } = gateway.storage;
      const outbox = await openOutbox({ orm, location, logger, migrate: false, work: false });
      resources.defer(() => outbox.close());
      const useCases = bindVerification({
        database,
        outbox,
        providers,
        codeKeys: deriveKeyRing([SECRET], 'code'),
        userTokenKeys: deriveKeyRing([SECRET], 'user-token'),
      });
      const customerId = localId('Customer', id) ?? '';
      const { userToken = '' } = vendor;
      const principal = await principalOf(workspace.id, customerId, userToken);
      const sent = await useCases.sendVerification(principal, {
        customerId,
        locale: undefined,
        codeLength: 6,
        timeoutSeconds: 600,
        maxAttempts: 3,
        idempotencyKey: undefined,
        requestId: 'r',
        steps: [
          {
            channel: 'SMS',
            recipient: undefined,
            argument: { step: 'input', recipient: 'input.phoneNumber' },
            template: undefined,
            texts: { content: undefined, customMessage: undefined, senderId: undefined },
          },
        ],
      });
      if (sent.outcome !== 'SENT') throw new Error(JSON.stringify(sent));
      expect(await dump(gateway.sql)).not.toContain(userToken);
      const { id: verificationId } = sent.verification;
      await waitFor('it is sent', stepOf(`Verification:${verificationId}`));
      const { code = '' } = vendor.book.sent.at(-1) ?? {};
      const confirm = (guess: string) =>
        useCases.confirmVerification(principal, { target: { verificationId }, code: guess, updatePrimary: false });
      expect(await confirm(wrongOf(code))).toMatchObject({ outcome: 'INCORRECT' });
      expect(await confirm(code)).toMatchObject({ outcome: 'CONFIRMED' });
      const read = await workspace.live.call<CustomerView>('customer', { id });
      expect(read.contactVerification?.phone).toBe('VERIFIED');

      // Kept for as long as the verification takes, and no longer.
      const grants = () => gateway.sql('select 1 from upstream_grant');
      const { pool } = database;
      await purgeGrants(pool);
      expect(await grants()).toHaveLength(1);
      await gateway.sql(`update upstream_grant set expires_at = now() - interval '1 second'`);
      await purgeGrants(pool);
      expect(await grants()).toEqual([]);
    },
  );

  const principalOf = async (workspaceId: string, customerId: string, userToken: string): Promise<Principal> => ({
    kind: 'USER_TOKEN',
    workspaceId,
    mode: 'LIVE',
    keyId: undefined,
    customerId,
    userToken,
    scopes: [],
    persistedOnly: false,
    workspace: {
      ...({} as Principal['workspace']),
      appName: 'Acme',
      defaultLocale: 'en-US',
      eligibleCountries: ['FR'],
    },
  });

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

  test('no code, no secret of the vendor and no token it gave is in the log or in the database', async () => {
    const everything = [...gateway.logs, await dump(gateway.sql)].join('\n');
    expect(vendor.book.sent.length).toBeGreaterThan(0);
    for (const secret of [HUNTER, 'eyJ.', ...Object.values(vendor.settings).filter((each) => each.includes(HUNTER))])
      expect(everything).not.toContain(secret);
    // Not within an id or behind the point of a second.
    for (const { code } of vendor.book.sent)
      expect(everything).not.toMatch(new RegExp(`(?<![0-9a-f.-])${code}(?![0-9a-f-])`));
  });
});
