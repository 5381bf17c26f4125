/** A hundred wrong guesses in a row at one contact, over any number of verifications. */
import { afterAll, describe, expect, test } from 'vitest';
import { type Caller, DOCUMENTS } from '../support/caller.js';
import { failedAttempts } from '../support/database-state.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, email, type StepSpec, sms, startSteps } from '../support/stepped.js';

const RIGHT = '123456';
const WRONG = '000000';
const PHONE = '+33612345678';
const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '10' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const UNBLOCK = `mutation ($value: String!) { result: unblockContact(input: {value: $value}) { unblocked } }`;
const unblock = async (caller: Caller, value: string) =>
  dataOf(await caller.query<{ result: { unblocked: boolean } }>(UNBLOCK, { value })).result.unblocked;
const start = (caller: Caller, ...steps: StepSpec[]) => startSteps(caller, gateway.sql, steps, { maxAttempts: 10 });

/** Guesses wrongly this often, at as many verifications as it takes. */
async function guessWrongly(caller: Caller, step: StepSpec, count: number) {
  for (let left = count; left > 0; left -= 10) {
    const { confirm } = await start(caller, step);
    for (let guess = 0; guess < Math.min(10, left); guess += 1) {
      expect(await confirm(WRONG)).toMatchObject({ __typename: 'CodeIncorrect' });
    }
  }
}

describe('a contact at which a hundred guesses in a row were wrong', () => {
  test('C8: takes no guess and no message, by whatever verification, until a secret key lifts that', async () => {
    const workspace = await gateway.workspace();
    const { test: caller } = workspace;
    const open = await start(caller, sms(PHONE));
    const beside = await start(caller, email('ada@example.com'), sms(PHONE));
    await guessWrongly(caller, sms(PHONE), 100);

    for (const code of [RIGHT, WRONG]) {
      expect(await open.confirm(code)).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: null });
    }
    const named = { customerId: open.customerId, phoneNumber: PHONE, code: RIGHT };
    expect(await caller.call('confirmPhone', { input: named })).toMatchObject({ code: 'TOO_MANY' });
    expect(await failedAttempts(gateway.sql, open.verificationId)).toBe(0);

    const { id: customerId } = await caller.createCustomer();
    for (const steps of [[sms(PHONE)], [email('bob@example.com'), sms(PHONE)]]) {
      const { result } = dataOf(await askSteps(caller, 'start', { customerId, steps }));
      expect(result).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: null });
    }
    await gateway.sql(`update verification_step set status = 'SENT', sends = 1 where verification_id = $1`, [
      open.uuid,
    ]);
    await open.coolDown();
    expect(await open.resend()).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: null });
    expect(await beside.failOver()).toMatchObject({ code: 'TOO_MANY', retryAfterSeconds: null });

    expect(await unblock(caller, ' +33 6 12 34 56 78 ')).toBe(true);
    expect(await unblock(caller, PHONE)).toBe(false);
    expect(await open.confirm(WRONG)).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 9 });
    expect(await open.confirm(RIGHT)).toMatchObject({ __typename: 'VerificationConfirmed' });
    const events = await gateway.sql(
      `select action, actor_kind, object_type, object_id, details from audit_event
       where workspace_id = $1 and action = 'contact.unblocked'`,
      [workspace.id],
    );
    expect(events).toEqual([
      {
        action: 'contact.unblocked',
        actor_kind: 'SECRET_KEY',
        object_type: 'ContactPoint',
        object_id: null,
        details: { kind: 'PHONE' },
      },
    ]);
  });

  test('C8: is another one in another mode, in another workspace and at another contact', async () => {
    const { test: caller } = await gateway.workspace();
    await guessWrongly(caller, sms(PHONE), 100);
    expect((await start(caller, email('ada@example.com'))).started).toMatchObject({ status: 'PENDING' });
    const { test: other } = await gateway.workspace();
    expect((await start(other, sms(PHONE))).started).toMatchObject({ status: 'PENDING' });
    expect(await unblock(other, PHONE)).toBe(false);
    expect(await unblock(caller, PHONE)).toBe(true);
  });

  test('C8: is left out of a verification that asks about others too: their code is still good', async () => {
    const { test: caller } = await gateway.workspace();
    const both = await start(caller, email('ada@example.com'), sms(PHONE));
    await both.failOver();
    await guessWrongly(caller, sms(PHONE), 100);
    const { customerId } = both;
    const phone = await caller.call('confirmPhone', {
      input: { customerId, verificationId: both.verificationId, code: RIGHT },
    });
    expect(phone).toMatchObject({ code: 'TOO_MANY' });
    expect(await both.confirm(RIGHT)).toMatchObject({
      __typename: 'VerificationConfirmed',
      customer: { contactPoints: [{ kind: 'EMAIL', value: 'ada@example.com' }] },
    });
  });
});

describe('the count', () => {
  const streak = async (workspaceId: string) =>
    gateway.sql('select identity, wrong_guesses from guess_streak where workspace_id = $1 order by identity', [
      workspaceId,
    ]);

  test('C8: starts again with a right guess', async () => {
    const { id, test: caller } = await gateway.workspace();
    const spare = await start(caller, sms(PHONE));
    const another = await start(caller, sms(PHONE));
    await guessWrongly(caller, sms(PHONE), 99);
    expect(await spare.confirm(RIGHT)).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await streak(id)).toEqual([]);
    expect(await another.confirm(WRONG)).toMatchObject({ __typename: 'CodeIncorrect' });
    expect(await streak(id)).toEqual([{ identity: PHONE, wrong_guesses: 1 }]);
  });

  test('C8: counts a wrong guess for every contact whose code it was compared with, and for no other', async () => {
    const { id, test: caller } = await gateway.workspace();
    const { customerId, verificationId, failOver, confirm } = await start(
      caller,
      ...[email('ada@example.com'), sms(PHONE), sms('+33612345679')],
    );
    await failOver();
    await confirm(WRONG);
    await caller.call('confirmEmail', { input: { customerId, verificationId, code: WRONG } });
    expect(await streak(id)).toEqual([
      { identity: PHONE, wrong_guesses: 1 },
      { identity: 'ada@example.com', wrong_guesses: 2 },
    ]);
  });

  test('brute force: C8: a right guess at a contact that is in use is taken back for it, and for no other contact', async () => {
    const { id, test: caller } = await gateway.workspace();
    const { failOver, confirm } = await start(caller, email('ada@example.com'), sms(PHONE));
    await failOver();
    const { id: customerId } = await caller.createCustomer();
    const attest = 'mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { id } }';
    const known = { customerId, kind: 'PHONE', value: PHONE, attestedBy: 'the post office' };
    dataOf(await caller.query(attest, { input: known }));
    await confirm(WRONG);
    expect(await confirm(RIGHT)).toMatchObject({ code: 'CONTACT_IN_USE' });
    expect(await streak(id)).toEqual([
      { identity: PHONE, wrong_guesses: 1 },
      { identity: 'ada@example.com', wrong_guesses: 2 },
    ]);
  });

  test('brute force: is not started again by a resend, a new verification or an unblocking before its time', async () => {
    const { id, test: caller } = await gateway.workspace();
    await guessWrongly(caller, sms(PHONE), 30);
    expect(await unblock(caller, PHONE)).toBe(false);
    await guessWrongly(caller, sms(PHONE), 1);
    expect(await streak(id)).toEqual([{ identity: PHONE, wrong_guesses: 31 }]);
  });
});

describe('unblockContact', () => {
  test('is for holders of verifications:write, and refuses text that is no contact', async () => {
    const { key } = await gateway.workspace();
    const { secret } = await key({ scopes: ['verifications:read', 'customers:write'] });
    const narrow = await gateway.query(UNBLOCK, { value: PHONE }, { key: secret });
    expect(errorOf(narrow)).toMatchObject({ code: 'FORBIDDEN' });
    const { test: caller } = await gateway.workspace();
    const { body } = await caller.query(UNBLOCK, { value: 'nobody' });
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.value' });
  });
});

test('C7: the right code on the last attempt is accepted, and after the last attempt never', async () => {
  const { test: caller } = await gateway.workspace();
  for (const maxAttempts of [1, 3, 10]) {
    const terms = { maxAttempts };
    const last = await startSteps(caller, gateway.sql, [email(`last${maxAttempts}@example.com`)], terms);
    const late = await startSteps(caller, gateway.sql, [email(`late${maxAttempts}@example.com`)], terms);
    for (let guess = 1; guess < maxAttempts; guess += 1) {
      expect(await last.confirm(WRONG)).toMatchObject({ attemptsLeft: maxAttempts - guess });
      await late.confirm(WRONG);
    }
    expect(await last.confirm(RIGHT)).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await late.confirm(WRONG)).toMatchObject({ __typename: 'CodeIncorrect', attemptsLeft: 0 });
    for (const document of ['confirm', 'confirmEmail'] as const) {
      const { verificationId, customerId } = late;
      const target = document === 'confirm' ? { verificationId } : { customerId };
      const { data } = (await caller.query(DOCUMENTS[document], { input: { ...target, code: RIGHT } })).body;
      expect(data).toMatchObject({ result: { __typename: 'Refused', code: 'ATTEMPTS_EXHAUSTED' } });
    }
  }
});
