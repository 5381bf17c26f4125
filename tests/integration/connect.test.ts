/** Connect: what a page does with nothing but a publishable key. */

import { afterAll, describe, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import { startEnrolled, uuidOf } from '../support/enrolled.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { waitFor } from '../support/wait-for.js';

// Every call comes from an address of its own, so that the gate of addresses stays open.
const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
afterAll(() => gateway[Symbol.asyncDispose]());

const { workspace, browser, enroll, latest } = await startEnrolled(gateway);

describe('a code that goes to the customer’s phone', () => {
  test('S9: given an email and a publishable key, an SMS goes to that customer, and the answer says sent', async () => {
    const ada = await enroll();
    expect(await browser.asks(ada.email)).toBe(true);
    const { id } = (await latest(ada.id)) ?? { id: '' };
    const steps = () =>
      gateway.sql('select channel, recipient, status from verification_step where verification_id = $1', [id]);
    await waitFor('the message is out', async () => (await steps())[0]?.['status'] === 'DELIVERED');
    expect(await steps()).toEqual([{ channel: 'SMS', recipient: ada.phone, status: 'DELIVERED' }]);
  });

  test('C6: the right code verifies the phone and starts a session that knows the customer', async () => {
    const ada = await enroll();
    const session = await browser.connect(ada.email, { sessionId: 'embed-7', nonce: 'n-1' });
    expect(session).toMatchObject({
      __typename: 'CustomerSession',
      tokenType: 'Bearer',
      expiresInSeconds: 900,
      sessionId: 'embed-7',
      customer: { id: ada.id, contactVerification: { email: 'PENDING', phone: 'VERIFIED' } },
    });
    expect(session.customer.contactPoints).toContainEqual(
      expect.objectContaining({ kind: 'PHONE', value: ada.phone, verifiedBy: 'SMS_CODE' }),
    );
    const viewer = await gateway.query('{ viewer { kind customer { id } } }', {}, { key: session.accessToken });
    expect(viewer.body.data).toEqual({ viewer: { kind: 'CUSTOMER_SESSION', customer: { id: ada.id } } });
  });

  test('the answer that starts a session reads the customer with it, saved methods and verifications too', async () => {
    const ada = await enroll();
    await browser.asks(ada.email);
    const document = `mutation ($input: ConfirmConnectCodeInput!) { confirmConnectCode(input: $input) {
      ... on CustomerSession { customer { savedMethods { nodes { id } } verifications { nodes { status steps { to } } } } } } }`;
    const answer = await gateway.query(document, { input: { email: ada.email, code: '123456' } }, { key: browser.key });
    expect(answer.body).toEqual({
      data: {
        confirmConnectCode: {
          customer: {
            savedMethods: { nodes: [] },
            verifications: { nodes: [{ status: 'VERIFIED', steps: [{ to: expect.stringContaining('***') }] }] },
          },
        },
      },
    });
  });

  test('it is in the language of the customer, else of their number', async () => {
    const localeOf = async (change: Record<string, unknown>) => {
      const ada = await enroll(change);
      expect(await browser.asks(ada.email)).toBe(true);
      const rows = await gateway.sql('select locale from verification where customer_id = $1', [uuidOf(ada.id)]);
      return rows[0]?.['locale'];
    };
    expect(await localeOf({ locale: 'pt-BR' })).toBe('pt-BR');
    expect(await localeOf({ phone: '+4915112345679' })).toBe('de-DE');
  });

  test('connecting again, with a phone that is verified, is how a customer comes back', async () => {
    const ada = await enroll();
    expect((await browser.connect(ada.email)).__typename).toBe('CustomerSession');
    expect((await browser.connect(ada.email)).__typename).toBe('CustomerSession');
  });

  test('an email in another spelling is the same email', async () => {
    const ada = await enroll();
    expect((await browser.connect(ada.email.toUpperCase())).__typename).toBe('CustomerSession');
  });

  test('an email that the customer verified is enrolled although another is their primary one', async () => {
    const ada = await enroll();
    const second = newPerson().email;
    await workspace.test.query('mutation ($i: AttestContactPointInput!) { attestContactPoint(input: $i) { id } }', {
      i: { customerId: ada.id, kind: 'EMAIL', value: second, attestedBy: 'shop' },
    });
    expect((await browser.connect(second)).customer.id).toBe(ada.id);
  });

  test('of two customers with one email, who verified it is meant, else who had it first', async () => {
    const { email } = newPerson();
    const first = await enroll({ email });
    const second = await enroll({ email });
    expect((await browser.connect(email)).customer.id).toBe(first.id);
    await gateway.sql(
      `update contact_point set verified_at = now(), verified_by = 'EMAIL_CODE' where customer_id = $1 and kind = 'EMAIL'`,
      [uuidOf(second.id)],
    );
    expect((await browser.connect(email)).customer.id).toBe(second.id);
  });

  test('a secret key may do it as well, and a session or no key may not', async () => {
    const ada = await enroll();
    const { accessToken } = await browser.connect(ada.email);
    const send = 'mutation ($i: SendConnectCodeInput!) { sendConnectCode(input: $i) { sent } }';
    const variables = { i: { email: ada.email } };
    expect((await workspace.test.query(send, variables)).body.data).toEqual({ sendConnectCode: { sent: true } });
    expect(errorOf(await gateway.query(send, variables, { key: accessToken }))).toMatchObject({ code: 'FORBIDDEN' });
    expect(errorOf(await gateway.query(send, variables))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('an SMS approval stamps the email', () => {
  const stamping = async () => {
    const own = await gateway.workspace();
    await gateway.sql('update workspace set connect_stamps_email = true where id = $1', [own.id]);
    return { own, page: await createBrowser(gateway.url, own) };
  };

  test('C6: where the workspace says so, with CONNECT_POLICY as its evidence', async () => {
    const { own, page } = await stamping();
    const person = newPerson();
    await own.test.createCustomer({ ...person, region: 'DE' });
    const { customer } = await page.connect(person.email);
    expect(customer.contactVerification).toEqual({ email: 'VERIFIED', phone: 'VERIFIED' });
    expect(customer.contactPoints).toContainEqual(
      expect.objectContaining({ value: person.email, verifiedBy: 'CONNECT_POLICY' }),
    );
  });

  test('and nowhere else', async () => {
    const ada = await enroll();
    const { customer } = await browser.connect(ada.email);
    expect(customer.contactPoints.find(({ kind }) => kind === 'EMAIL')?.verifiedBy).toBeNull();
  });

  test('but takes none from a customer who has verified it in the meantime', async () => {
    const { own, page } = await stamping();
    const person = newPerson();
    await own.test.createCustomer(person);
    expect(await page.asks(person.email)).toBe(true);
    const other = await own.test.createCustomer({});
    await own.test.query('mutation ($i: AttestContactPointInput!) { attestContactPoint(input: $i) { id } }', {
      i: { customerId: other.id, kind: 'EMAIL', value: person.email, attestedBy: 'shop' },
    });
    const { customer } = await page.confirm({ email: person.email, code: '123456' });
    expect(customer.contactPoints).toEqual([
      expect.objectContaining({ kind: 'EMAIL', verifiedBy: null }),
      expect.objectContaining({ kind: 'PHONE', verifiedBy: 'SMS_CODE' }),
    ]);
  });
});

describe('sent is false, whichever gate refused', () => {
  const cases: [string, () => Promise<{ email: string }>][] = [
    ['an email that nobody has', async () => newPerson()],
    ['a customer without a phone', () => enroll({ phone: undefined })],
    ['a country that is not eligible', () => enroll({ phone: '+5352123456' })],
    ['a premium-rate number', () => enroll({ phone: '+19005550123' })],
    ['the magic recipient that is blocked', () => enroll({ phone: '+15005550003' })],
    [
      'a deleted customer',
      async () => {
        const ada = await enroll();
        await workspace.test.query('mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { id } }', {
          i: { id: ada.id },
        });
        return ada;
      },
    ],
    [
      'a phone that another customer has verified',
      async () => {
        const { phone, email } = await enroll();
        await browser.connect(email);
        return enroll({ phone });
      },
    ],
    [
      'a customer of another workspace',
      async () => {
        const person = newPerson();
        await (await gateway.workspace()).test.createCustomer(person);
        return person;
      },
    ],
    [
      'a customer of the other mode',
      async () => {
        const person = newPerson();
        await workspace.live.createCustomer(person);
        return person;
      },
    ],
    [
      'an email that asked too often',
      async () => {
        const ada = await enroll();
        for (let asked = 0; asked < 5; asked += 1) expect(await browser.asks(ada.email)).toBe(true);
        return ada;
      },
    ],
    [
      'a phone that was asked about too often, under five emails',
      async () => {
        const { phone } = newPerson();
        for (let asked = 0; asked < 5; asked += 1) {
          expect(await browser.asks((await enroll({ phone })).email)).toBe(true);
        }
        return enroll({ phone });
      },
    ],
  ];

  test.each(cases)('%s', async (_, prepare) => {
    const { email } = await prepare();
    const before = await gateway.sql('select from verification_step');
    expect((await browser.send(email)).body).toEqual({ data: { result: { sent: false } } });
    expect(await gateway.sql('select from verification_step')).toHaveLength(before.length);
  });

  test('an address that asked too often, whomever for: ten times as often as in live mode', async () => {
    const client = { headers: { 'x-forwarded-for': '203.0.113.77' } };
    const people = await Promise.all(Array.from({ length: 61 }, () => enroll()));
    const last = people.pop();
    for (let round = 0; round < 5; round += 1) {
      const asked = await Promise.all(people.map(({ email }) => browser.asks(email, client)));
      expect(new Set(asked)).toEqual(new Set([true]));
    }
    expect(await browser.asks(last?.email ?? '', client)).toBe(false);
  });

  test('and a request that was refused does not void the code that is on its way', async () => {
    const ada = await enroll();
    for (let asked = 0; asked < 5; asked += 1) await browser.asks(ada.email);
    expect(await browser.asks(ada.email)).toBe(false);
    expect((await browser.confirm({ email: ada.email, code: '123456' })).__typename).toBe('CustomerSession');
  });

  test('text that is no email is told so, to everybody alike', async () => {
    expect(errorOf(await browser.send('nobody'))).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.email' });
  });
});

describe('in a workspace whose replies are uniform', () => {
  test('S9: everybody is told sent, and nothing but the right code of an enrolled customer opens', async () => {
    const own = await gateway.workspace();
    await gateway.sql(`update workspace set connect_reply = 'UNIFORM' where id = $1`, [own.id]);
    const page = await createBrowser(gateway.url, own);
    const stranger = newPerson();
    expect(await page.asks(stranger.email)).toBe(true);
    expect(await page.confirm({ email: stranger.email, code: '123456' })).toMatchObject({ code: 'CODE_INCORRECT' });
    const person = newPerson();
    await own.test.createCustomer(person);
    expect((await page.connect(person.email)).__typename).toBe('CustomerSession');
  });
});

describe('a decoy', () => {
  test('is in no list, has no step, and its job finds nothing to send', async () => {
    const own = await gateway.workspace();
    const page = await createBrowser(gateway.url, own);
    expect(await page.asks(newPerson().email)).toBe(false);
    const lists = await own.test.query('{ verifications { nodes { id } } customers { nodes { id } } }');
    expect(lists.body.data).toEqual({ verifications: { nodes: [] }, customers: { nodes: [] } });
    const jobs = () =>
      gateway.sql(`select state from pgboss.job where data->>'workspaceId' = $1`, [own.id.replace('Workspace:', '')]);
    await waitFor('its job is done', async () => (await jobs())[0]?.['state'] === 'completed');
    expect(await jobs()).toHaveLength(1);
  });

  test('counts the guesses at it, and keeps no email in clear', async () => {
    const { email } = newPerson();
    await browser.asks(email);
    const attempts = () =>
      gateway.sql<{ guesses: number; text: string }>(
        'select guesses, a::text as text from connect_attempt a order by id desc limit 1',
      );
    await browser.confirm({ email, code: '123456' });
    await browser.confirm({ email, code: '000000' });
    expect(await attempts()).toEqual([{ guesses: 2, text: expect.not.stringContaining(email) }]);
  });
});
