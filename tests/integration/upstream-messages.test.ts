/** Messages of a vendor that holds the code: sent again, handed on and canceled. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { CANCEL_QUEUE } from '../../src/delivery/queues.js';
import type { VerificationView } from '../support/caller.js';
import { expire } from '../support/database-state.js';
import { codeIn, guess, startHeldCodes, wrongOf } from '../support/held-codes.js';
import { startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const held = await startHeldCodes();
const { twilio, bird, ezid, sns, gateway, viaTwilio, viaBird, viaBirdOrEzid, viaEzid, sent } = held;
afterAll(() => held[Symbol.asyncDispose]());
beforeEach(() => held.behave());

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

  test('U4: it is replaced by one that speaks another language than was chosen for the number, and not than was named', async () => {
    const { live } = await gateway.workspace();
    bird.misbehave('error');
    // German by the number's country; EZiD, behind Bird for Austria, speaks English only.
    const [chosen, named] = [viaBirdOrEzid(), viaBirdOrEzid()];
    const { confirm } = await sent(live, [chosen]);
    expect(await confirm(ezid.book.find({ to: chosen.to })?.code ?? '')).toMatchObject({
      __typename: 'VerificationConfirmed',
    });
    const { stepsAre } = await startSteps(live, gateway.sql, [named], { locale: 'de-AT' });
    await stepsAre('FAILED');
    expect(ezid.book.find({ to: named.to })).toBeUndefined();
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

  test('so does the deletion of the customer, for each verification of theirs that is under way', async () => {
    const { live } = await gateway.workspace();
    const [first, second] = [viaTwilio(), viaTwilio()];
    const { customerId } = await sent(live, [first]);
    const { id } = await live.sendPhone(customerId, { phoneNumber: second.to });
    await waitFor('the second is sent', async () => {
      const { steps } = await live.call<VerificationView>('verification', { id });
      return steps[0]?.status === 'SENT';
    });
    const document = 'mutation ($id: ID!) { deleteCustomer(input: { id: $id }) { isDeleted } }';
    const { body } = await live.query(document, { id: customerId });
    expect(body.data).toEqual({ deleteCustomer: { isDeleted: true } });
    await waitFor('both are canceled there', () =>
      [first, second].every(({ to }) => twilio.book.find({ to })?.state === 'CANCELED'),
    );
  });
});

test('a cancellation reaches the vendor where whoever else asked for this number has ended', async () => {
  const [one, other] = [await gateway.workspace(), await gateway.workspace()];
  const number = viaTwilio();
  const canceled = await sent(one.live, [number]);
  const ended = await sent(other.live, [number]);
  await gateway.sql(`update verification set status = 'FAILED' where id = $1`, [ended.uuid]);
  expect(await canceled.cancel()).toMatchObject({ __typename: 'VerificationSent' });
  await waitFor('it is canceled there', () => twilio.book.find({ to: number.to })?.state === 'CANCELED');
});

test('a cancellation reaches the vendor where the time of whoever else asked for this number is over', async () => {
  const [one, other] = [await gateway.workspace(), await gateway.workspace()];
  const number = viaTwilio();
  const canceled = await sent(one.live, [number]);
  const expired = await sent(other.live, [number]);
  await expire(gateway.sql, expired.verificationId);
  expect(await canceled.cancel()).toMatchObject({ __typename: 'VerificationSent' });
  await waitFor('it is canceled there', () => twilio.book.find({ to: number.to })?.state === 'CANCELED');
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
