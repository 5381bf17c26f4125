/** Connect does the same work whoever is asked about: what differs in statements differs in time. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { PreparingClient } from '../../src/entities/prepared.js';
import { CONNECT_GATES } from '../../src/sessions/connect-gates.js';
import { newPerson } from '../support/connect.js';
import { startEnrolled } from '../support/enrolled.js';
import { startGateway } from '../support/harness.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const database = await createDatabase(sharedPostgres(), 'statements');
const gateway = await startGateway({ env: { DATABASE_URL: database.url, TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await database.drop();
});
const { browser, enroll } = await startEnrolled(gateway);
// Of the limits that all of a key share a block is in hand then, and takes no statement for a while.
for (let warm = 0; warm < 2; warm += 1) {
  const { email } = newPerson();
  await browser.asks(email);
  await browser.confirm({ email, code: '000000' });
}

/** The texts of the statements that ran meanwhile, in their order, but for those about the key, which are by the clock. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(PreparingClient.prototype, 'query');
  try {
    await work();
    return query.mock.calls
      .map(([config]): string => (typeof config === 'string' ? config : config.text))
      .filter((text) => !/\bapi_key\b/.test(text));
  } finally {
    query.mockRestore();
  }
}

/** An email that has asked as often as its gate lets it. */
async function spent(email: string): Promise<string> {
  for (let asked = 0; asked < CONNECT_GATES.email.max; asked += 1) await browser.asks(email);
  return email;
}

describe('S9: timing oracle: a request for a code runs the statements of one that is sent, in their order, for', () => {
  const refused: [string, () => Promise<string>][] = [
    ['an email that nobody has', async () => newPerson().email],
    ['a customer without a phone', async () => (await enroll({ phone: undefined })).email],
    ['a country that is not eligible', async () => (await enroll({ phone: '+5352123456' })).email],
    ['a premium-rate number', async () => (await enroll({ phone: '+19005550123' })).email],
    ['the magic recipient that is blocked', async () => (await enroll({ phone: '+15005550003' })).email],
    ['a customer who asked too often', async () => spent((await enroll()).email)],
    ['an email that nobody has and that asked too often', async () => spent(newPerson().email)],
    [
      'a phone for which others asked too often',
      async () => {
        const { phone } = newPerson();
        for (let asked = 0; asked < CONNECT_GATES.phone.max; asked += 1)
          await browser.asks((await enroll({ phone })).email);
        return (await enroll({ phone })).email;
      },
    ],
    [
      'a phone that another customer has verified',
      async () => {
        const { phone } = newPerson();
        const { email } = await enroll({ phone });
        await browser.connect((await enroll({ phone })).email);
        return email;
      },
    ],
  ];
  test.each(refused)('%s', async (_, make) => {
    const { email } = await enroll();
    const sent = await statementsOf(async () => expect(await browser.asks(email)).toBe(true));
    expect(sent.at(-1)).toBe('commit');
    const other = await make();
    expect(await statementsOf(async () => expect(await browser.asks(other)).toBe(false))).toEqual(sent);
  });
});

describe('C6: timing oracle: a guess that is refused runs the statements of a wrong one, in their order, for', () => {
  const asked = async (email: string) => {
    await browser.asks(email);
    return email;
  };
  const refused: [string, () => Promise<string>][] = [
    ['the right code of nobody', async () => newPerson().email],
    ['the right code of a decoy', async () => asked(newPerson().email)],
    ['the right code of somebody who was refused', async () => asked((await enroll({ phone: '+5352123456' })).email)],
    ['the right code of somebody who asked for none', async () => (await enroll()).email],
    [
      'the right code once more',
      async () => {
        const { email } = await enroll();
        await browser.connect(email);
        return email;
      },
    ],
    [
      'the right code of a phone that another customer has verified since',
      async () => {
        const { email, phone } = await enroll();
        const other = await enroll({ phone });
        await asked(email);
        await browser.connect(other.email);
        return email;
      },
    ],
    [
      'the right code after three wrong ones',
      async () => {
        const email = await asked((await enroll()).email);
        for (let guess = 0; guess < 3; guess += 1) await browser.confirm({ email, code: '000000' });
        return email;
      },
    ],
  ];
  test.each(refused)('%s', async (_, make) => {
    const guess = (email: string, code: string) =>
      statementsOf(async () =>
        expect(await browser.confirm({ email, code })).toMatchObject({ code: 'CODE_INCORRECT' }),
      );
    const wrong = await guess(await asked((await enroll()).email), '000000');
    expect(wrong.at(-1)).toBe('commit');
    expect(await guess(await make(), '123456')).toEqual(wrong);
  });
});
