/** The pure machine and the guarded statements tell the same story, whatever happens in whatever order. */
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { refusalOf, statusOf, type VerificationState } from '../../src/verification/machine.js';
import type { Caller } from '../support/caller.js';
import { expire } from '../support/database-state.js';
import { startGateway } from '../support/harness.js';
import { askSteps } from '../support/stepped.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

type Event = 'send' | 'wrong' | 'right' | 'expire' | 'cancel' | 'undeliverable' | 'too short';
const events = fc.array(
  fc.constantFrom<Event>('send', 'wrong', 'wrong', 'wrong', 'right', 'expire', 'cancel', 'undeliverable', 'too short'),
  { minLength: 1, maxLength: 14 },
);

/** The id of no verification. */
const NOBODYS = 'Verification:018f0000-0000-7000-8000-000000000000';

/** What the machine says about a customer: whether they are verified, and their newest verification. */
interface Model {
  readonly verified: boolean;
  readonly newest: VerificationState | undefined;
}

/** The model after an event, and the answer it expects. */
function predict({ verified, newest }: Model, event: Event, maxAttempts: number): [Model, object | undefined] {
  const refused = (code: string): [Model, object] => [
    { verified, newest },
    { __typename: 'Refused', code },
  ];
  switch (event) {
    case 'send':
      if (verified) return refused('ALREADY_VERIFIED');
      return [
        { verified, newest: { stored: 'PENDING', failedAttempts: 0, maxAttempts, overdue: false } },
        { __typename: 'VerificationSent' },
      ];
    case 'expire':
      return [{ verified, newest: newest && { ...newest, overdue: true } }, undefined];
    case 'undeliverable':
      return [{ verified, newest: newest?.stored === 'PENDING' ? { ...newest, stored: 'FAILED' } : newest }, undefined];
    default: {
      if (!newest) return refused('NOT_FOUND');
      const code = refusalOf(newest);
      if (code) return refused(code);
      if (event === 'cancel') {
        return [{ verified, newest: { ...newest, stored: 'CANCELED' } }, { __typename: 'VerificationSent' }];
      }
      if (event === 'too short') return [{ verified, newest }, { error: 'BAD_USER_INPUT' }];
      if (event === 'right') {
        return [{ verified: true, newest: { ...newest, stored: 'VERIFIED' } }, { __typename: 'VerificationConfirmed' }];
      }
      const failedAttempts = newest.failedAttempts + 1;
      return [
        { verified, newest: { ...newest, failedAttempts } },
        { __typename: 'CodeIncorrect', attemptsLeft: maxAttempts - failedAttempts },
      ];
    }
  }
}

interface Answer {
  __typename?: string;
  error?: string | undefined;
  verification?: { id: string };
}

/** The same event in the real thing, and its answer. */
async function perform(
  caller: Caller,
  customerId: string,
  newest: string | undefined,
  event: Event,
  maxAttempts: number,
): Promise<Answer | undefined> {
  switch (event) {
    case 'send':
      return caller.call<Answer>('sendEmail', { input: { customerId, maxAttempts } });
    case 'expire':
      if (newest) await expire(gateway.sql, newest);
      return undefined;
    case 'cancel':
      return (await askSteps(caller, 'cancel', { verificationId: newest ?? NOBODYS })).body.data?.result;
    case 'undeliverable':
      // Written as `fail-step` writes it: no call leads there, and no worker runs here to whom a message could be lost.
      await gateway.sql(`update verification set status = 'FAILED' where id = $1 and status = 'PENDING'`, [
        newest?.split(':')[1] ?? null,
      ]);
      return undefined;
    default: {
      const code = { right: '123456', wrong: '654321', 'too short': '1234' }[event];
      const document = `mutation ($i: ConfirmEmailVerificationInput!) { result: confirmEmailVerification(input: $i) {
        __typename ... on CodeIncorrect { attemptsLeft } ... on Refused { code } } }`;
      const { body } = await caller.query<{ result: Answer }>(document, { i: { customerId, code } });
      return body.data?.result ?? { error: body.errors?.[0]?.extensions.code };
    }
  }
}

const { test: caller } = await gateway.workspace();

test('the machine and the database agree on every answer, status and count', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 4 }), async (sequence, maxAttempts) => {
      const { id: customerId } = await caller.createCustomer({ email: `${crypto.randomUUID()}@example.com` });
      let model: Model = { verified: false, newest: undefined };
      let newest: string | undefined;
      for (const event of sequence) {
        const [next, expected] = predict(model, event, maxAttempts);
        model = next;
        const answer = await perform(caller, customerId, newest, event, maxAttempts);
        if (expected) expect(answer).toMatchObject(expected);
        if (event === 'send') newest = answer?.verification?.id ?? newest;
        if (!newest || !model.newest) continue;
        const { body } = await caller.query('query ($id: ID!) { verification(id: $id) { status failedAttempts } }', {
          id: newest,
        });
        const { failedAttempts } = model.newest;
        expect(body.data).toEqual({ verification: { status: statusOf(model.newest), failedAttempts } });
      }
    }),
    { numRuns: 60 },
  );
}, 90_000);
