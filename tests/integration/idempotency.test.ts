/** The same idempotency key is the same verification for a day, and nothing is sent for it twice. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../support/caller.js';
import { rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { askSteps, email, sms } from '../support/stepped.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const SEND = `mutation ($input: SendEmailVerificationInput!) { result: sendEmailVerification(input: $input) {
  __typename ... on VerificationSent { verification { id status } } ... on Refused { code } } }`;

async function customer() {
  const workspace = await gateway.workspace();
  const { id: customerId } = await workspace.test.createCustomer({ email: 'ada@example.com' });
  const ask = (input: object, caller = workspace.test) =>
    caller.query<{ result: Outcome }>(SEND, { input: { customerId, ...input } });
  const send = async (input: object) => (await ask(input)).body.data?.result;
  return { workspace, customerId, ask, send };
}
const elapse = (interval: string) =>
  gateway.sql(`update idempotency_key set expires_at = expires_at - interval '${interval}'`);

describe('an idempotency key', () => {
  test('S10: with the same input is the same verification, with one job and one message', async () => {
    const { send } = await customer();
    const first = await send({ idempotencyKey: 'order-7' });
    const before = await rowCounts(gateway.sql);
    for (let repetition = 0; repetition < 3; repetition += 1) {
      const again = await send({ idempotencyKey: 'order-7' });
      expect(again?.verification?.id).toBe(first?.verification?.id);
    }
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });

  test('S10: with any other input is IDEMPOTENCY_CONFLICT, and nothing is written', async () => {
    const { ask, send, workspace, customerId } = await customer();
    const idempotencyKey = 'order-8';
    await send({ idempotencyKey });
    const before = await rowCounts(gateway.sql);
    for (const other of [{ maxAttempts: 4 }, { email: 'bob@example.com' }, { locale: 'fr' }, { codeLength: 8 }]) {
      expect(errorOf(await ask({ idempotencyKey, ...other }))).toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        argument: 'input.idempotencyKey',
      });
    }
    const byStart = await askSteps(workspace.test, 'start', {
      customerId,
      idempotencyKey,
      steps: [email('a@b.example')],
    });
    expect(errorOf(byStart)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await rowCounts(gateway.sql)).toEqual(before);
  });

  test('S10: defaults that are written out are the same input', async () => {
    const { send } = await customer();
    const first = await send({ idempotencyKey: 'k' });
    const spelled = { codeLength: 6, timeoutSeconds: 600, maxAttempts: 3, email: null, template: null, locale: null };
    const again = await send({ idempotencyKey: 'k', ...spelled });
    expect(again?.verification?.id).toBe(first?.verification?.id);
  });

  test('S10: holds for startVerification with all its steps', async () => {
    const { workspace, customerId } = await customer();
    const start = (steps: object[]) => askSteps(workspace.test, 'start', { customerId, steps, idempotencyKey: 'k' });
    const steps = [email('ada@example.com'), sms('+33612345678')];
    const [first, again] = [await start(steps), await start(steps)];
    expect(again.body.data?.result.verification?.id).toBe(first.body.data?.result.verification?.id);
    expect(errorOf(await start([...steps].reverse()))).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  test('S10: tells how the verification stands now, even when the contact is verified meanwhile', async () => {
    const { send, workspace, customerId } = await customer();
    await send({ idempotencyKey: 'k' });
    await workspace.test.call('confirmEmail', { input: { customerId, code: '123456' } });
    expect(await send({ idempotencyKey: 'k' })).toMatchObject({ verification: { status: 'VERIFIED' } });
    expect(await send({ idempotencyKey: 'other' })).toMatchObject({ code: 'ALREADY_VERIFIED' });
  });

  test('S10: is free again after 24 hours, and not before', async () => {
    const { send } = await customer();
    const first = await send({ idempotencyKey: 'k' });
    await elapse('23 hours 59 minutes');
    expect((await send({ idempotencyKey: 'k' }))?.verification?.id).toBe(first?.verification?.id);
    await elapse('1 minute');
    const next = await send({ idempotencyKey: 'k', maxAttempts: 5 });
    expect(next?.__typename).toBe('VerificationSent');
    expect(next?.verification?.id).not.toBe(first?.verification?.id);
    const again = await send({ idempotencyKey: 'k', maxAttempts: 5 });
    expect(again?.verification?.id).toBe(next?.verification?.id);
  });

  test('S10: of a send that was refused stays free', async () => {
    const { send } = await customer();
    expect(await send({ idempotencyKey: 'k', email: 'blocked@test.invalid' })).toMatchObject({ code: 'TOO_MANY' });
    expect(await send({ idempotencyKey: 'k' })).toMatchObject({ __typename: 'VerificationSent' });
  });

  test('isolation: is another key in another mode and in another workspace', async () => {
    const [one, two] = [await customer(), await customer()];
    const first = await one.send({ idempotencyKey: 'k' });
    const second = await two.send({ idempotencyKey: 'k' });
    expect(second?.__typename).toBe('VerificationSent');
    expect(second?.verification?.id).not.toBe(first?.verification?.id);
    // The live key meets no taken key: it is refused for what the live world lacks.
    const { body } = await one.ask({ idempotencyKey: 'k' }, one.workspace.live);
    expect(body.data?.result).toMatchObject({ code: 'NOT_FOUND' });
  });
});
