/** Guesses at a code that a vendor holds: when it cannot be asked, when its code has ended, when several are made at once. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { GIVEN_BACK_AT_MOST } from '../../src/entities/verification.js';
import { OPENS_AFTER } from '../../src/providers/breaker.js';
import { failedAttempts } from '../support/database-state.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { codeIn, guess, startHeldCodes, wrongOf } from '../support/held-codes.js';
import type { Misbehavior } from '../support/vendors/vendor.js';
import { waitFor } from '../support/wait-for.js';

const held = await startHeldCodes();
const { twilio, bird, ezid, sns, gateway, viaTwilio, viaBird, viaSns, viaEzid, sent } = held;
afterAll(() => held[Symbol.asyncDispose]());
beforeEach(() => held.behave());

describe('U1: a vendor that cannot be asked', () => {
  test.each<[Misbehavior]>([['error'], ['cut'], ['page'], ['huge'], ['throttle']])(
    '%s: the attempt is given back, the caller is told PROVIDER_UNAVAILABLE, and the right code is good afterwards',
    async (misbehavior) => {
      const { live } = await gateway.workspace();
      const number = viaBird();
      const { verificationId } = await sent(live, [number]);
      const { code = '' } = bird.book.find({ to: number.to }) ?? {};
      bird.misbehave(misbehavior);
      const error = errorOf(await guess(live, verificationId, code));
      expect(error).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      if (misbehavior === 'throttle') expect(error.retryAfterSeconds).toBe(7);
      expect(await failedAttempts(gateway.sql, verificationId)).toBe(0);
      bird.misbehave();
      // While it throttles it is left alone: the guess waits as long as the vendor asked.
      const confirmed = await waitFor('it is asked again', async () => {
        const { body } = await guess(live, verificationId, code);
        return body.data?.result;
      });
      expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed' });
    },
    30_000,
  );

  test('attack: lost answers buy a few guesses more and no others: after so many the attempt stays spent', async () => {
    const { live } = await gateway.workspace();
    const { verificationId } = await sent(live, [viaTwilio()]);
    twilio.misbehave('refuse');
    for (let back = 1; back <= GIVEN_BACK_AT_MOST; back += 1) {
      expect(errorOf(await guess(live, verificationId, '000000'))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      expect(await failedAttempts(gateway.sql, verificationId)).toBe(0);
    }
    for (let spent = 1; spent <= 3; spent += 1) {
      expect(errorOf(await guess(live, verificationId, '000000'))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      expect(await failedAttempts(gateway.sql, verificationId)).toBe(spent);
    }
    expect(dataOf(await guess(live, verificationId, '000000')).result).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
  });

  test('nothing of the vendor’s answer, and no code, is in what the caller hears', async () => {
    const { live } = await gateway.workspace();
    const { verificationId } = await sent(live, [viaEzid()]);
    ezid.misbehave('error');
    const { code = '' } = ezid.book.sent.at(-1) ?? {};
    const { body } = await guess(live, verificationId, code);
    expect(JSON.stringify(body)).not.toContain(code);
    expect(JSON.stringify(body)).not.toContain('internal error');
  });
});

describe('U1: a verification whose own key was taken out of GATEWAY_SECRET', () => {
  const withoutKey = (verificationId: string) =>
    gateway.sql(`update verification set code_key_id = 'ffffffff' where id = $1`, [verificationId.split(':')[1] ?? '']);

  test('is confirmed where vendors alone hold its codes: no code is derived from that key', async () => {
    const { live } = await gateway.workspace();
    const number = viaTwilio();
    const { verificationId, confirm } = await sent(live, [number]);
    await withoutKey(verificationId);
    const { code = '' } = twilio.book.find({ to: number.to }) ?? {};
    expect(await confirm(wrongOf(code))).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(await confirm(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('is an error of the gateway where one of its codes is derived from it', async () => {
    const { live } = await gateway.workspace();
    const { verificationId } = await sent(live, [viaSns()]);
    await withoutKey(verificationId);
    expect(errorOf(await guess(live, verificationId, '000000'))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('U1: a code that has ended at the vendor', () => {
  test('is EXPIRED, the guess is counted, and a resend brings one that is good', async () => {
    const { live } = await gateway.workspace();
    const number = viaBird();
    const { verificationId, resend, coolDown, stepsAre, confirm } = await sent(live, [number]);
    const { code = '' } = bird.book.find({ to: number.to }) ?? {};
    bird.book.expire();
    expect(await confirm(code)).toMatchObject({ __typename: 'Refused', code: 'EXPIRED' });
    expect(await failedAttempts(gateway.sql, verificationId)).toBe(1);
    await coolDown();
    await resend();
    await waitFor('a new one', () => (bird.book.find({ to: number.to })?.code ?? code) !== code);
    await stepsAre('SENT');
    const { code: fresh = '' } = bird.book.find({ to: number.to }) ?? {};
    expect(await confirm(fresh)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('the gateway’s own attempts stand above the vendor’s: the right code after three wrong ones is refused', async () => {
    const { live } = await gateway.workspace();
    const number = viaEzid();
    const { confirm } = await sent(live, [number]);
    const { code = '' } = ezid.book.find({ to: number.to }) ?? {};
    for (const attemptsLeft of [2, 1, 0]) expect(await confirm(wrongOf(code))).toMatchObject({ attemptsLeft });
    const asked = ezid.requests.length;
    expect(await confirm(code)).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
    expect(ezid.requests).toHaveLength(asked);
  });
});

test('U1: race: of many right guesses at once one settles, and the contact is verified once', async () => {
  const { live } = await gateway.workspace();
  const number = viaEzid();
  const { verificationId } = await sent(live, [number], { maxAttempts: 10 });
  const { code = '' } = ezid.book.find({ to: number.to }) ?? {};
  const answers = await Promise.all(Array.from({ length: 8 }, () => guess(live, verificationId, code)));
  const names = answers.map(({ body }) => body.data?.result.__typename);
  expect(names.filter((name) => name === 'VerificationConfirmed')).toHaveLength(1);
  const [row] = await gateway.sql<{ status: string; n: number }>(
    `select v.status, (select count(*)::int from contact_point c where c.customer_id = v.customer_id) as n
     from verification v where v.id = $1`,
    [verificationId.slice('Verification:'.length)],
  );
  expect(row).toEqual({ status: 'VERIFIED', n: 1 });
});

test('U1: race: a right guess that comes back once the verification was canceled is CANCELED, and verifies nothing', async () => {
  const { live } = await gateway.workspace();
  const number = viaEzid();
  const { confirm, cancel, read } = await sent(live, [number]);
  const { code = '' } = ezid.book.find({ to: number.to }) ?? {};
  const asked = ezid.requests.length;
  const { letGo } = ezid.hold();
  const confirmed = confirm(code);
  await waitFor('EZiD is asked', () => ezid.requests.length > asked);
  expect(await cancel()).toMatchObject({ __typename: 'VerificationSent' });
  letGo();
  expect(await confirmed).toMatchObject({ __typename: 'Refused', code: 'CANCELED' });
  expect(await read()).toMatchObject({ status: 'CANCELED' });
});

describe('U1: a verification whose steps are held by several', () => {
  test('takes the code of any of them: the gateway’s own without a question, a vendor’s by asking those that sent', async () => {
    const { live } = await gateway.workspace();
    const [own, held] = [viaSns(), viaBird()];
    const both = async () => {
      const verification = await sent(live, [own, held]);
      await verification.failOver();
      await verification.stepsAre('SENT', 'SENT');
      return verification;
    };
    const first = await both();
    const text = sns.published.findLast(({ form }) => form.get('PhoneNumber') === own.to)?.form.get('Message') ?? '';
    const asked = bird.requests.length;
    expect(await first.confirm(codeIn(text))).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(bird.requests, 'the code was the gateway’s').toHaveLength(asked);
  });

  test('a wrong guess is CodeIncorrect where the vendor’s code has ended: the gateway’s own is good as before', async () => {
    const { live } = await gateway.workspace();
    const [own, held] = [viaSns(), viaBird()];
    const { failOver, stepsAre, confirm } = await sent(live, [own, held]);
    await failOver();
    await stepsAre('SENT', 'SENT');
    const text = sns.published.findLast(({ form }) => form.get('PhoneNumber') === own.to)?.form.get('Message') ?? '';
    bird.book.expire();
    expect(await confirm(wrongOf(codeIn(text)))).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(await confirm(codeIn(text))).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('an earlier vendor’s code stays good after failover to another', async () => {
    const { live } = await gateway.workspace();
    const [first, second] = [viaTwilio(), viaBird()];
    const { failOver, stepsAre, confirm, read } = await sent(live, [first, second]);
    await failOver();
    await stepsAre('SENT', 'SENT');
    const { code = '' } = twilio.book.find({ to: first.to }) ?? {};
    expect(await confirm(code)).toMatchObject({
      __typename: 'VerificationConfirmed',
      customer: { contactPoints: [{ value: first.to, verifiedBy: 'SMS_CODE' }] },
    });
    expect(await read()).toMatchObject({ status: 'VERIFIED' });
  });

  test.each([
    ['the gateway’s own', viaSns],
    ['another vendor’s', viaTwilio],
  ])('attack: a vendor that does not answer buys no guesses at %s code: each stays counted', async (_, other) => {
    const { live } = await gateway.workspace();
    const [compared, away] = [other(), viaEzid()];
    const { verificationId, failOver, stepsAre } = await sent(live, [compared, away]);
    await failOver();
    await stepsAre('SENT', 'SENT');
    ezid.misbehave('error');
    for (let spent = 1; spent <= 3; spent += 1) {
      expect(errorOf(await guess(live, verificationId, '000000'))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      expect(await failedAttempts(gateway.sql, verificationId)).toBe(spent);
    }
    expect(dataOf(await guess(live, verificationId, '000000')).result).toMatchObject({ code: 'ATTEMPTS_EXHAUSTED' });
    const streak = await gateway.sql('select wrong_guesses from guess_streak where identity = $1', [compared.to]);
    expect(streak, 'and so it is for the contact').toEqual([{ wrong_guesses: 3 }]);
  });

  test('attack: the code that the gateway would have derived for a vendor’s step is nobody’s', async () => {
    const { live } = await gateway.workspace();
    const { confirm } = await sent(live, [viaBird()]);
    const asked = bird.requests.length;
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(bird.requests.length).toBeGreaterThan(asked);
  });
});

test('U1: while the circuit is open nobody is asked, and whoever tries again and again loses no attempt, unless another code was compared', async () => {
  const { live } = await gateway.workspace();
  const number = viaEzid();
  const { verificationId } = await sent(live, [number]);
  const mixed = await sent(live, [viaSns(), viaEzid()]);
  await mixed.failOver();
  await mixed.stepsAre('SENT', 'SENT');
  ezid.misbehave('error');
  for (let failure = 1; failure <= OPENS_AFTER; failure += 1) await guess(live, verificationId, '000000');
  const asked = ezid.requests.length;
  for (let again = 1; again <= GIVEN_BACK_AT_MOST + 3; again += 1)
    expect(errorOf(await guess(live, verificationId, '000000'))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  expect(ezid.requests).toHaveLength(asked);
  expect(await failedAttempts(gateway.sql, verificationId)).toBe(0);
  const streak = await gateway.sql('select 1 from guess_streak where identity = $1', [number.to]);
  expect(streak, 'nor is the contact any nearer to being blocked').toEqual([]);
  // Attack: the same at a verification with a code of the gateway's own would be guesses at that one without end.
  for (let spent = 1; spent <= 3; spent += 1) await guess(live, mixed.verificationId, '000000');
  expect(dataOf(await guess(live, mixed.verificationId, '000000')).result).toMatchObject({
    code: 'ATTEMPTS_EXHAUSTED',
  });
});
