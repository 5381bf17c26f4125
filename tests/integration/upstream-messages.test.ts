/** Messages of a vendor that holds the code: sent again, handed on and canceled. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { CANCEL_QUEUE } from '../../src/delivery/outbox.js';
import type { Caller, Variables } from '../support/caller.js';
import { startGateway } from '../support/harness.js';
import { askSteps, startSteps } from '../support/stepped.js';
import { startBirdVerify } from '../support/vendors/bird-verify.js';
import { startEzid } from '../support/vendors/ezid.js';
import { birdVerifySettings, ezidSettings, snsSettings, twilioVerifySettings } from '../support/vendors/settings.js';
import { startSns } from '../support/vendors/sns.js';
import { startTwilioVerify } from '../support/vendors/twilio-verify.js';
import { waitFor } from '../support/wait-for.js';

const twilio = await startTwilioVerify();
const bird = await startBirdVerify();
const ezid = await startEzid();
const sns = await startSns();
const gateway = await startGateway({
  env: {
    ...twilioVerifySettings(twilio.url),
    ...birdVerifySettings(bird.url),
    ...ezidSettings(ezid.url),
    ...snsSettings(sns.url),
    PROVIDER_SMS: 'twilio-verify,amazon-sns',
    PROVIDER_SMS_BY_COUNTRY: 'DE:bird-verify,FR:amazon-sns,BE:ezid',
    PROVIDER_VOICE: 'twilio-verify',
    PROVIDER_EMAIL: 'bird-verify',
  },
});
const vendors = [twilio, bird, ezid, sns];
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const vendor of vendors) await vendor[Symbol.asyncDispose]();
});
beforeEach(() => {
  for (const vendor of vendors) vendor.misbehave();
});

let people = 0;
const next = () => String(100_000 + people++);
/** Numbers whose country decides who sends. */
const viaTwilio = () => ({ channel: 'SMS', to: `+316123${next().slice(-5)}` });
const viaBird = () => ({ channel: 'SMS', to: `+4915112${next()}` });
const viaEzid = () => ({ channel: 'SMS', to: `+32470${next()}` });

const wrongOf = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
const codeIn = (text = '') => /\b\d{6}\b/.exec(text)?.[0] ?? '';

async function sent(caller: Caller, steps: { channel: string; to: string }[], terms: Variables = {}) {
  const verification = await startSteps(caller, gateway.sql, steps, terms);
  await verification.stepsAre('SENT', ...steps.slice(1).map(() => 'PENDING'));
  return verification;
}
const guess = (caller: Caller, verificationId: string, code: string) =>
  askSteps(caller, 'confirm', { verificationId, code });

describe('U1: sending', () => {
  test('a resend asks for the same code again, and counts no attempt', async () => {
    const { live } = await gateway.workspace();
    const number = viaBird();
    const { resend, coolDown, stepsAre, confirm } = await sent(live, [number]);
    await coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    await waitFor('Bird sent twice', () => bird.book.find({ to: number.to })?.sends === 2);
    await stepsAre('SENT');
    const { code = '' } = bird.book.find({ to: number.to }) ?? {};
    expect(await confirm(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('S6: a code that was sent earlier stays good where a resend makes a new one', async () => {
    const { live } = await gateway.workspace();
    const number = viaEzid();
    const { resend, coolDown, stepsAre, confirm } = await sent(live, [number]);
    const { code: first = '' } = ezid.book.find({ to: number.to }) ?? {};
    await coolDown();
    expect(await resend()).toMatchObject({ __typename: 'VerificationSent' });
    await waitFor('EZiD made another', () => ezid.book.sent.filter(({ to }) => to === number.to).length === 2);
    await stepsAre('SENT');
    expect(await confirm(wrongOf(first))).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    expect(await confirm(first)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('a guess is asked about once, also while a second message to the same number waits for its answer', async () => {
    const { live } = await gateway.workspace();
    const number = viaTwilio();
    const { failOver, read, verificationId } = await sent(live, [number, { ...number, channel: 'VOICE' }]);
    twilio.misbehave('silent');
    await failOver();
    await waitFor('Twilio has it', () => String(twilio.requests.at(-1)?.body).includes('Channel=call'));
    expect(await read()).toMatchObject({ steps: [{ status: 'SENT' }, { status: 'QUEUED' }] });
    const checks = () => twilio.requests.filter(({ path }) => path.endsWith('/VerificationCheck')).length;
    const asked = checks();
    twilio.misbehave();
    await guess(live, verificationId, '000000');
    expect(checks() - asked).toBe(1);
  });

  test('U4: a vendor that is down is replaced before it has sent anything: the gateway’s code is good then', async () => {
    const { live } = await gateway.workspace();
    twilio.misbehave('error');
    const number = viaTwilio();
    const { confirm } = await sent(live, [number]);
    const text = sns.published.findLast(({ form }) => form.get('PhoneNumber') === number.to)?.form.get('Message') ?? '';
    expect(await confirm(codeIn(text))).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('a cancellation reaches the vendor after it is committed: its code is good for nothing there either', async () => {
    const { live } = await gateway.workspace();
    const number = viaTwilio();
    const { cancel, confirm } = await sent(live, [number]);
    expect(await cancel()).toMatchObject({ __typename: 'VerificationSent' });
    await waitFor('it is canceled there', () => twilio.book.find({ to: number.to })?.state === 'CANCELED');
    expect(await confirm('000000')).toMatchObject({ code: 'CANCELED' });
  });
});

test('K7: attack: a cancellation leaves the code alone that the vendor has for somebody else who asked for this number', async () => {
  const [one, other] = [await gateway.workspace(), await gateway.workspace()];
  const number = viaTwilio();
  const canceled = await sent(one.live, [number]);
  const kept = await sent(other.live, [number]);
  const { code = '' } = twilio.book.find({ to: number.to }) ?? {};
  expect(await canceled.cancel()).toMatchObject({ __typename: 'VerificationSent' });
  await waitFor('the vendor would have been told', async () => {
    const done = `select 1 from pgboss.job where name = $1 and state = 'completed' and data ->> 'verificationId' = $2`;
    return (await gateway.sql(done, [CANCEL_QUEUE, canceled.uuid])).length === 1;
  });
  expect(twilio.book.find({ to: number.to })?.state).toBe('PENDING');
  expect(await kept.confirm(code)).toMatchObject({ __typename: 'VerificationConfirmed' });
});
