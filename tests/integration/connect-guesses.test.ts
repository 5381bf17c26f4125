/** Codes that are typed to connect, and guesses at them: every refusal is one and the same. */

import { afterAll, describe, expect, test } from 'vitest';
import { newPerson } from '../support/connect.js';
import { expire } from '../support/database-state.js';
import { startEnrolled, uuidOf } from '../support/enrolled.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const { workspace, browser, enroll, latest } = await startEnrolled(gateway);

test.each(['١٢٣٤٥٦', '۱۲۳۴۵۶'])('a code is right in the digits of the keyboard that typed it: %s', async (code) => {
  const ada = await enroll();
  expect((await browser.connect(ada.email, { code })).__typename).toBe('CustomerSession');
  const { id: verificationId } = await workspace.test.sendEmail(ada.id);
  expect(await workspace.test.call('confirm', { input: { verificationId, code } })).toMatchObject({
    __typename: 'VerificationConfirmed',
  });
});

describe('every refusal of a code is one and the same', () => {
  const REFUSED = {
    __typename: 'Refused',
    code: 'CODE_INCORRECT',
    message: 'The code is not correct.',
    retryAfterSeconds: null,
  };
  const guess = (email: string, code = '123456') => browser.confirm({ email, code });

  test('a wrong code, a fourth guess and an expired code', async () => {
    const ada = await enroll();
    await browser.asks(ada.email);
    for (let guesses = 0; guesses < 3; guesses += 1) expect(await guess(ada.email, '000000')).toEqual(REFUSED);
    expect(await latest(ada.id)).toMatchObject({ failed_attempts: 3 });
    expect(await guess(ada.email)).toEqual(REFUSED);
    const eve = await enroll();
    await browser.asks(eve.email);
    await expire(gateway.sql, `Verification:${(await latest(eve.id))?.id}`);
    expect(await guess(eve.email)).toEqual(REFUSED);
  });

  test('an email that nobody has, one that asked for no code, and one that was refused', async () => {
    expect(await guess(newPerson().email)).toEqual(REFUSED);
    expect(await guess((await enroll()).email)).toEqual(REFUSED);
    const cuban = await enroll({ phone: '+5352123456' });
    await browser.asks(cuban.email);
    expect(await guess(cuban.email)).toEqual(REFUSED);
  });

  test('the magic recipient whose verification has expired', async () => {
    const ada = await enroll({ phone: '+15005550004' });
    expect(await browser.asks(ada.email)).toBe(true);
    expect(await guess(ada.email)).toEqual(REFUSED);
  });

  test('a code that was used, a canceled verification, and a customer who was deleted', async () => {
    const ada = await enroll();
    await browser.connect(ada.email);
    expect(await guess(ada.email)).toEqual(REFUSED);
    const eve = await enroll();
    await browser.asks(eve.email);
    await workspace.test.query('mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { id } }', {
      i: { id: eve.id },
    });
    expect(await guess(eve.email)).toEqual(REFUSED);
  });

  test('a phone that another customer verified in the meantime, and nothing is left half done', async () => {
    const ada = await enroll();
    const eve = await enroll({ phone: ada.phone });
    await browser.asks(ada.email);
    await browser.asks(eve.email);
    expect((await guess(ada.email)).__typename).toBe('CustomerSession');
    expect(await guess(eve.email)).toEqual(REFUSED);
    expect(await latest(eve.id)).toMatchObject({ status: 'PENDING', failed_attempts: 1 });
    expect(await gateway.sql('select from session where customer_id = $1', [uuidOf(eve.id)])).toEqual([]);
  });

  test('the code of another verification: a code that proves a phone to a shop opens no session', async () => {
    const ada = await enroll();
    await workspace.test.sendPhone(ada.id);
    expect(await guess(ada.email)).toEqual(REFUSED);
  });

  test.each([
    ['five digits', { code: '12345' }, 'input.code'],
    ['letters', { code: '12345a' }, 'input.code'],
    ['an embed session of 201 characters', { code: '123456', sessionId: 'x'.repeat(201) }, 'input.sessionId'],
    ['a nonce with a line break', { code: '123456', nonce: 'a\nb' }, 'input.nonce'],
  ])('%s is no guess: told alike for any email, and counted for none', async (_, input, argument) => {
    const ada = await enroll();
    await browser.asks(ada.email);
    for (const email of [ada.email, newPerson().email]) {
      await expect(browser.confirm({ email, ...input })).rejects.toThrow(argument);
    }
    expect(await latest(ada.id)).toMatchObject({ failed_attempts: 0 });
  });
});
