/** Guesses at a code that a vendor holds, at two processes on PostgreSQL, while the vendor is slow, wrong or down. */
import { afterAll, expect, test } from 'vitest';
import { GIVEN_BACK_AT_MOST } from '../../src/entities/verification.js';
import { failedAttempts } from '../support/database-state.js';
import { createFleet } from '../support/fleet.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { askSteps, startSteps } from '../support/stepped.js';
import { startEzid } from '../support/vendors/ezid.js';
import { ezidSettings } from '../support/vendors/settings.js';

const ezid = await startEzid();
const fleet = await createFleet(sharedPostgres(), { ...ezidSettings(ezid.url), PROVIDER_SMS: 'ezid' });
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await ezid[Symbol.asyncDispose]();
});
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

let people = 0;
async function started(maxAttempts: number) {
  const { live } = await fleet.workspace(processes);
  people += 1;
  const to = `+33612${100_000 + people}`;
  const { verificationId, stepsAre } = await startSteps(live, fleet.sql, [{ channel: 'SMS', to }], { maxAttempts });
  await stepsAre('SENT');
  const { code = '' } = ezid.book.find({ to }) ?? {};
  const guess = async (text: string) => {
    const { body } = await askSteps(live, 'confirm', { verificationId, code: text });
    const { __typename, code: refused } = body.data?.result ?? {};
    return refused ?? __typename ?? body.errors?.[0]?.extensions.code ?? 'none';
  };
  return { verificationId, code, guess };
}
const count = (names: readonly string[], name: string) => names.filter((each) => each === name).length;

test('U1: race: of twenty right guesses at once one confirms', async () => {
  const { guess, code } = await started(10);
  const names = await Promise.all(Array.from({ length: 20 }, () => guess(code)));
  expect(count(names, 'VerificationConfirmed')).toBe(1);
});

test('U1: attack: a hundred wrong guesses at once: the vendor is asked about as many as were allowed', async () => {
  const { guess, code } = await started(5);
  const asked = ezid.requests.length;
  const wrong = code === '000000' ? '000001' : '000000';
  const names = await Promise.all(Array.from({ length: 100 }, () => guess(wrong)));
  expect(count(names, 'CODE_INCORRECT') + count(names, 'ATTEMPTS_EXHAUSTED')).toBe(100);
  expect(count(names, 'CODE_INCORRECT')).toBe(5);
  expect(ezid.requests).toHaveLength(asked + 5);
  expect(await guess(code)).toBe('ATTEMPTS_EXHAUSTED');
});

test('U1: attack: during an outage no more than the attempts and those given back ever reach the vendor', async () => {
  const { guess, code, verificationId } = await started(3);
  const asked = ezid.requests.length;
  ezid.misbehave('refuse');
  for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 10 }, () => guess('000000')));
  expect(ezid.requests.length - asked).toBeLessThanOrEqual(3 + GIVEN_BACK_AT_MOST);
  expect(await failedAttempts(fleet.sql, verificationId)).toBe(3);
  ezid.misbehave();
  expect(await guess(code)).toBe('ATTEMPTS_EXHAUSTED');
});
