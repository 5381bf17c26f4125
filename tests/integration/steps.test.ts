/** A verification with several steps: started, failed over by hand and by itself, canceled. */
import { afterAll, describe, expect, test } from 'vitest';
import { DELIVERY_TRIES } from '../../src/delivery/queues.js';
import { expire, hurryRetries } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, email, type StepSpec, sms, startSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';

const CODE = '123456';
const gateway = await startGateway();
// Nobody works its queue, so its messages wait.
const idle = await startGateway({ work: false });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await idle[Symbol.asyncDispose]();
});

const start = async (steps: readonly StepSpec[], terms = {}, from = gateway) =>
  startSteps((await from.workspace()).test, from.sql, steps, terms);
const ADA = 'ada@example.com';
const PHONE = '+33612345678';
const four: StepSpec[] = [sms(PHONE), { channel: 'WHATSAPP', to: PHONE }, { channel: 'VOICE', to: PHONE }, email(ADA)];

describe('failover', () => {
  test('S5: of an ordered list only the first step is sent, the others wait', async () => {
    const { started, stepsAre, jobs } = await start(four);
    expect(started.steps.map(({ channel, to }) => [channel, to])).toEqual([
      ['SMS', PHONE],
      ['WHATSAPP', PHONE],
      ['VOICE', PHONE],
      ['EMAIL', ADA],
    ]);
    expect(await stepsAre('DELIVERED', 'PENDING', 'PENDING', 'PENDING')).toMatchObject({
      currentStepIndex: 0,
      status: 'PENDING',
    });
    expect(await jobs()).toEqual(['0/1']);
  });

  test('S5: failover to the next step sends by it and leaves the attempts as they are', async () => {
    const { confirm, failOver, stepsAre, started } = await start(four);
    expect(await confirm('000000')).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 2 });
    await stepsAre('DELIVERED', 'PENDING', 'PENDING', 'PENDING');
    expect(await failOver()).toMatchObject({
      __typename: 'VerificationSent',
      verification: { status: 'PENDING', currentStepIndex: 1, failedAttempts: 1, expiresAt: started.expiresAt },
    });
    const moved = await stepsAre('DELIVERED', 'DELIVERED', 'PENDING', 'PENDING');
    expect(moved).toMatchObject({ failedAttempts: 1, steps: [{ sends: 1 }, { sends: 1 }, { sends: 0 }, { sends: 0 }] });
    expect(await confirm('000000')).toMatchObject({ attemptsLeft: 1 });
    expect(await confirm(CODE)).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('S5: failover to a named step passes over those between, and its channel is the evidence', async () => {
    const { failOver, stepsAre, confirm, jobs } = await start(four);
    await stepsAre('DELIVERED', 'PENDING', 'PENDING', 'PENDING');
    expect(await failOver(3)).toMatchObject({ verification: { currentStepIndex: 3 } });
    await stepsAre('DELIVERED', 'PENDING', 'PENDING', 'DELIVERED');
    // Back to one that was passed over: it has not been tried.
    expect(await failOver(1)).toMatchObject({ verification: { currentStepIndex: 1 } });
    await stepsAre('DELIVERED', 'DELIVERED', 'PENDING', 'DELIVERED');
    expect(await jobs()).toEqual(['0/1', '1/1', '3/1']);
    const { customer } = await confirm(CODE);
    expect(customer).toMatchObject({ phone: PHONE, email: null });
    expect(customer?.contactPoints).toMatchObject([{ kind: 'PHONE', value: PHONE, verifiedBy: 'WHATSAPP_CODE' }]);
  });

  test('S5: the step that is left is SKIPPED when its message still waits', async () => {
    const { failOver } = await start(four, {}, idle);
    expect((await failOver()).verification?.steps.map(({ status }) => status)).toEqual([
      'SKIPPED',
      'QUEUED',
      'PENDING',
      'PENDING',
    ]);
  });

  test('S5: while the message of the next step waits, the evidence is the channel that the code came by', async () => {
    const { uuid, failOver, confirm } = await start(four, {}, idle);
    await idle.sql(`update verification_step set status = 'SENT', sends = 1 where verification_id = $1 and index = 0`, [
      uuid,
    ]);
    expect(await failOver()).toMatchObject({ verification: { currentStepIndex: 1 } });
    expect((await confirm(CODE)).customer?.contactPoints).toMatchObject([{ value: PHONE, verifiedBy: 'SMS_CODE' }]);
  });

  test('S5: a step that does not exist, was tried or comes after the last is NO_NEXT_STEP', async () => {
    const { failOver, stepsAre } = await start([sms(PHONE), email(ADA)]);
    await stepsAre('DELIVERED', 'PENDING');
    for (const index of [0, 2, 9]) expect(await failOver(index)).toMatchObject({ code: 'NO_NEXT_STEP' });
    expect(await failOver()).toMatchObject({ __typename: 'VerificationSent' });
    for (const index of [undefined, 0, 1]) expect(await failOver(index)).toMatchObject({ code: 'NO_NEXT_STEP' });
    expect(await stepsAre('DELIVERED', 'DELIVERED')).toMatchObject({ steps: [{ sends: 1 }, { sends: 1 }] });
  });

  test('S5: a verification that has ended is neither failed over nor sent again, and says why', async () => {
    const expired = await start(four);
    await expire(gateway.sql, expired.verificationId);
    const verified = await start(four);
    await verified.confirm(CODE);
    const spent = await start(four, { maxAttempts: 1 });
    await spent.confirm('000000');
    for (const [{ failOver, resend, jobs }, code] of [
      [expired, 'EXPIRED'],
      [verified, 'FINISHED'],
      [spent, 'ATTEMPTS_EXHAUSTED'],
    ] as const) {
      expect(await failOver()).toMatchObject({ code });
      expect(await failOver(2)).toMatchObject({ code });
      expect(await resend()).toMatchObject({ code });
      expect(await jobs()).toEqual(['0/1']);
    }
  });
});

test('C1: after failover from a phone to an address, each form of confirm is about its own contact', async () => {
  const { test: caller } = await gateway.workspace();
  const waiting = await startSteps(caller, gateway.sql, [sms(PHONE), email(ADA)]);
  // No code went to the address yet: there is nothing to guess at, and no attempt is counted.
  for (const input of [{ email: ADA }, {}]) {
    const guess = { verificationId: waiting.verificationId, code: CODE, ...input };
    expect(await caller.call('confirmEmail', { input: guess })).toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await waiting.read()).toMatchObject({ failedAttempts: 0 });
  await waiting.failOver();
  const { verificationId } = waiting;
  expect(await caller.call('confirmEmail', { input: { verificationId, code: CODE } })).toMatchObject({
    customer: { email: ADA, phone: null },
  });
  const again = await startSteps(caller, gateway.sql, [sms(PHONE), email('eve@example.com')]);
  await again.failOver();
  const guess = { verificationId: again.verificationId, code: CODE };
  expect(await caller.call('confirmPhone', { input: guess })).toMatchObject({
    customer: { phone: PHONE, email: null },
  });
});

describe('a step that fails for good', () => {
  test('S5: is followed by the next one without anybody asking', async () => {
    const { stepsAre, confirm, jobs } = await start([email('undeliverable@test.invalid'), sms(PHONE)]);
    expect(await stepsAre('FAILED', 'DELIVERED')).toMatchObject({
      status: 'PENDING',
      currentStepIndex: 1,
      steps: [{ sends: 0, failureReason: 'test mode: this recipient cannot be reached' }, { sends: 1 }],
    });
    expect(await jobs()).toEqual(['0/1', '1/1']);
    expect(await confirm(CODE)).toMatchObject({ __typename: 'VerificationConfirmed', customer: { phone: PHONE } });
  });

  test('S5: after an outage was waited out in vain, is followed by the next one', async () => {
    const { stepsAre } = await start([email('outage@test.invalid'), sms('+15005550001'), email(ADA)]);
    expect(await stepsAre('FAILED', 'FAILED', 'DELIVERED')).toMatchObject({
      currentStepIndex: 2,
      steps: [{ failureReason: 'test mode: the provider is down' }, {}, {}],
    });
  });

  test('S5: as the last one ends the verification', async () => {
    const { stepsAre, confirm, failOver } = await start([sms('+15005550001'), email('undeliverable@test.invalid')]);
    expect(await stepsAre('FAILED', 'FAILED')).toMatchObject({ status: 'FAILED', resendAvailableAt: null });
    expect(await confirm(CODE)).toMatchObject({ code: 'FINISHED' });
    expect(await failOver()).toMatchObject({ code: 'FINISHED' });
  });

  test('S5: does not end the verification while an earlier message is out', async () => {
    const { stepsAre, failOver, confirm } = await start([sms(PHONE), email('undeliverable@test.invalid')]);
    await stepsAre('DELIVERED', 'PENDING');
    await failOver();
    expect(await stepsAre('DELIVERED', 'FAILED')).toMatchObject({ status: 'PENDING', attemptsLeft: 3 });
    expect(await confirm('000000')).toMatchObject({ attemptsLeft: 2 });
  });
});

describe('S13: a last try that ends before it can say so is followed by the next step', () => {
  /** A verification whose first job waits for its last try. */
  async function beforeLastTry() {
    const verification = await start([email('outage@test.invalid'), sms(PHONE)]);
    await waitFor('the first try has ended', async () => {
      const text = `update pgboss.job set retry_count = $2, start_after = now() + interval '1 hour'
        where data ->> 'verificationId' = $1 and state = 'retry' returning 1`;
      return (await gateway.sql(text, [verification.uuid, DELIVERY_TRIES - 2])).length === 1;
    });
    return verification;
  }

  test('where what became of it could not be written', async () => {
    const { uuid, stepsAre, jobs } = await beforeLastTry();
    await gateway.sql(`create or replace function broken() returns trigger language plpgsql as $$
      begin raise exception 'no'; end $$`);
    await gateway.sql(`create trigger broken before update on verification_step for each row
      when (new.status = 'FAILED') execute function broken()`);
    await waitFor('it has ended', async () => {
      await hurryRetries(gateway.sql);
      const text = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and retry_count = $2 and state <> 'active'`;
      return (await gateway.sql(text, [uuid, DELIVERY_TRIES - 1])).length === 1;
    });
    await gateway.sql('drop trigger broken on verification_step');
    expect(await stepsAre('FAILED', 'DELIVERED')).toMatchObject({ status: 'PENDING', currentStepIndex: 1 });
    expect(await jobs()).toEqual(['0/1', '1/1']);
  });

  test('where its worker was killed', async () => {
    const { uuid, stepsAre, jobs } = await beforeLastTry();
    await gateway.sql(
      `update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '1 minute', retry_count = $2
       where data ->> 'verificationId' = $1`,
      [uuid, DELIVERY_TRIES - 1],
    );
    await gateway.sql('update pgboss.queue set maintain_on = null, monitor_on = null');
    await waitFor('the queue misses the worker', async () => {
      const text = `select 1 from pgboss.job where data ->> 'verificationId' = $1 and state <> 'active'`;
      return (await gateway.sql(text, [uuid])).length === 1;
    });
    expect(await stepsAre('FAILED', 'DELIVERED')).toMatchObject({ status: 'PENDING', currentStepIndex: 1 });
    expect(await jobs()).toEqual(['0/1', '1/1']);
  }, 60_000);
});

describe('the terms of a verification with steps', () => {
  test.each([
    [{ maxAttempts: 0 }, 'input.maxAttempts'],
    [{ maxAttempts: 11 }, 'input.maxAttempts'],
    [{ timeoutSeconds: 29 }, 'input.timeoutSeconds'],
    [{ timeoutSeconds: 3601 }, 'input.timeoutSeconds'],
    [{ codeLength: 3 }, 'input.codeLength'],
    [{ codeLength: 13 }, 'input.codeLength'],
    [{ steps: [] }, 'input.steps'],
    [{ steps: Array.from({ length: 11 }, () => sms(PHONE)) }, 'input.steps'],
    [{ steps: [sms(PHONE), sms('nonsense')] }, 'input.steps.1.to'],
    [{ steps: [email(PHONE)] }, 'input.steps.0.to'],
    [{ steps: [{ ...sms(PHONE), template: 'no such' }] }, 'input.steps.0.template'],
    [{ idempotencyKey: '' }, 'input.idempotencyKey'],
  ])('S7: %o is refused rather than clamped, and nothing is written', async (wrong, argument) => {
    const { test: caller } = await gateway.workspace();
    const { id: customerId } = await caller.createCustomer();
    const answer = await askSteps(caller, 'start', { customerId, steps: [sms(PHONE)], ...wrong });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument });
    const uuid = customerId.slice(customerId.indexOf(':') + 1);
    expect(await gateway.sql('select 1 from verification where customer_id = $1', [uuid])).toEqual([]);
  });

  test('S7: the bounds themselves are taken, ten steps included', async () => {
    const steps = Array.from({ length: 10 }, () => sms(PHONE));
    const low = await start(steps, { maxAttempts: 1, timeoutSeconds: 30, codeLength: 4 });
    const high = await start(steps, { maxAttempts: 10, timeoutSeconds: 3600, codeLength: 12 });
    expect([low.started.attemptsLeft, high.started.attemptsLeft]).toEqual([1, 10]);
    expect(high.started.steps).toHaveLength(10);
  });
});

describe('cancelVerification', () => {
  test('ends it: no guess is taken, nothing is sent any more, and the message that waits is SKIPPED', async () => {
    const { cancel, confirm, resend, failOver, stepsAre } = await start([email('outage@test.invalid'), sms(PHONE)]);
    expect(await cancel()).toMatchObject({
      __typename: 'VerificationSent',
      verification: { status: 'CANCELED', resendAvailableAt: null },
    });
    for (const call of [() => confirm(CODE), resend, failOver, cancel])
      expect(await call()).toMatchObject({ code: 'CANCELED' });
    expect(await stepsAre('SKIPPED', 'PENDING')).toMatchObject({ status: 'CANCELED', failedAttempts: 0 });
  });

  test('of a verification that has ended already says so, and of none is NOT_FOUND', async () => {
    const verified = await start([sms(PHONE)]);
    await verified.confirm(CODE);
    expect(await verified.cancel()).toMatchObject({ code: 'FINISHED' });
    const { test: caller } = await gateway.workspace();
    for (const field of ['cancel', 'resend', 'failOver'] as const) {
      // The first is another workspace's: it does not exist either.
      for (const id of [verified.verificationId, 'Verification:018f0000-0000-7000-8000-000000000000', 'nonsense']) {
        const { body } = await askSteps(caller, field, { verificationId: id });
        expect(body.data?.result).toMatchObject({ code: 'NOT_FOUND' });
      }
    }
  });
});
