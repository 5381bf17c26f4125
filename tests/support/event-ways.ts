/** What the gateway tells events of, statement by statement: how each comes to run, and what it makes true. */
import { expect } from 'vitest';
import type { EventType } from '../../src/entities/event.js';
import { type CustomerView, DOCUMENTS, type Variables } from './caller.js';
import { CONNECT, createBrowser, newPerson } from './connect.js';
import { type Answer, dataOf } from './graphql-client.js';
import type { TestGateway } from './harness.js';
import { type listening, uuidOf } from './listening.js';
import { startSteps } from './stepped.js';
import { reportFromTwilio } from './vendors/report.js';
import type { startTwilio, TwilioMessage } from './vendors/twilio.js';
import { waitFor } from './wait-for.js';
import { webhooksOf } from './webhooks.js';

const WRONG = '000000';
export type Listening = Awaited<ReturnType<typeof listening>>;
type Outcome = 'DONE' | 'REFUSED';

/** One statement that writes events: how it comes to run, and what it makes true. */
export interface Way {
  readonly type: EventType;
  readonly how: string;
  /** What else cannot be written, as a trigger says it: each is a part of the fact. */
  readonly parts: readonly string[];
  /** A statement about the workspace `$1`, and what it finds before and after. */
  readonly fact: string;
  readonly undone: object;
  readonly done: object;
  /** How many it tells; one unless said otherwise. */
  readonly events?: number;
  /** Nobody asks again: the worker's next try, or next sweep, has to do it. */
  readonly isWorked?: true;
  /** Brings everything up to the moment before. What it returns does it. */
  prepare(at: Listening): Promise<() => Promise<Outcome>>;
}

/** A refused call answers nothing at all: neither a word of the outcome nor a token. */
const outcomeOf = ({ body }: Answer<unknown>): Outcome => {
  if (!body.errors) return 'DONE';
  expect(body.data ?? null).toBeNull();
  expect(body.errors.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
  return 'REFUSED';
};
const asking = (at: Listening, document: string, input: Variables, key?: string) => async () =>
  outcomeOf(await at.caller.query(document, { input }, key === undefined ? {} : { key }));
const changing = (at: Listening, field: string, type: string, input: Variables) =>
  asking(at, `mutation ($input: ${type}!) { ${field}(input: $input) { id } }`, input);

const STEP = 'select status, sends from verification_step where workspace_id = $1';
const BOTH = `select v.status, s.status as step from verification v
  join verification_step s on s.verification_id = v.id where v.workspace_id = $1`;
const DEADLINE = 'select count(*)::int as deadlines from verification_deadline where workspace_id = $1';
const CONTACTS = `select count(*) filter (where verified_at is not null)::int as verified,
  (select count(*)::int from verification where workspace_id = $1 and status = 'VERIFIED') as verifications,
  (select p.value from customer c join contact_point p on p.id = c.primary_email_id where c.workspace_id = $1) as "primary"
  from contact_point where workspace_id = $1`;
const NOTHING = { verified: 0, verifications: 0, primary: 'ada@example.com' };
const CONTACT = 'contact_verification.changed';

/** @param twilio what the gateway sends texts by, in live mode */
export function eventWays(gateway: TestGateway, twilio: Awaited<ReturnType<typeof startTwilio>>): readonly Way[] {
  /** Resolves once the worker has run into the refusal of this workspace's rows. */
  const refusedInLog = async (at: Listening, message: string): Promise<Outcome> => {
    const isRefusal = (line: string) => line.includes(message) && line.includes(`refused: ${at.workspace.id}`);
    await waitFor(message, () => gateway.logs.some(isRefusal));
    return 'REFUSED';
  };

  const sending = (email: string) => async (at: Listening) => {
    const { id } = await at.caller.createCustomer({ email });
    return async () => {
      await at.caller.sendEmail(id);
      return refusedInLog(at, 'a job failed unexpectedly');
    };
  };
  const ending = (end: (at: Listening, id: string) => Promise<unknown>) => async (at: Listening) => {
    const { id } = await at.sent();
    await end(at, id);
    return async () => {
      await at.settle(id);
      return refusedInLog(at, 'deadlines could not be looked at');
    };
  };
  /** A message by text that is out, in live mode, and what Twilio says of it. */
  const reporting = (type: EventType, status: string) => async (at: Listening) => {
    const { secret } = await webhooksOf(at.workspace.live).create({ url: at.sink.url, eventTypes: [type] });
    at.sink.expect(secret);
    const { phone: to } = newPerson();
    const { stepsAre } = await startSteps(at.workspace.live, gateway.sql, [{ channel: 'SMS', to }]);
    await stepsAre('SENT');
    const message = twilio.messages.find(({ form }) => form['To'] === to) as TwilioMessage;
    return async (): Promise<Outcome> => {
      const answered = await reportFromTwilio(gateway.url, message, status);
      expect([204, 500]).toContain(answered);
      return answered === 204 ? 'DONE' : 'REFUSED';
    };
  };
  const attesting = (at: Listening, customerId: string, value: string) => {
    const input = { customerId, kind: 'EMAIL', value, attestedBy: 'bank' };
    return changing(at, 'attestContactPoint', 'AttestContactPointInput', input);
  };
  /** A customer with two verified addresses, of which the second is not the primary one. */
  const withTwo = async (at: Listening) => {
    const { id: customerId } = await at.caller.createCustomer();
    for (const value of ['one@example.com', 'two@example.com']) await attesting(at, customerId, value)();
    const { contactPoints } = await at.caller.call<CustomerView>('customer', { id: customerId });
    return { customerId, two: contactPoints.find(({ value }) => value === 'two@example.com')?.id };
  };
  const connecting = async (at: Listening) => {
    const browser = await createBrowser(gateway.url, at.workspace);
    const person = newPerson();
    await at.caller.createCustomer(person);
    return { browser, person };
  };

  return [
    ...(['verification.sent', 'verification.delivered'] as const).map(
      (type): Way => ({
        type,
        how: 'the answer to the call',
        parts: ['update on verification_step'],
        fact: STEP,
        undone: { status: 'QUEUED', sends: 0 },
        done: { status: 'DELIVERED', sends: 1 },
        isWorked: true,
        prepare: sending('ada@example.com'),
      }),
    ),
    {
      type: 'verification.delivered',
      how: 'a report',
      parts: ['update on verification_step'],
      fact: STEP,
      undone: { status: 'SENT', sends: 1 },
      done: { status: 'DELIVERED', sends: 1 },
      prepare: reporting('verification.delivered', 'delivered'),
    },
    ...(['verification.undelivered', 'verification.failed'] as const).map(
      (type): Way => ({
        type,
        how: 'the answer to the call',
        parts: ['update on verification_step', 'update on verification'],
        fact: BOTH,
        undone: { status: 'PENDING', step: 'QUEUED' },
        done: { status: 'FAILED', step: 'FAILED' },
        isWorked: true,
        prepare: sending('undeliverable@test.invalid'),
      }),
    ),
    {
      type: 'verification.undelivered',
      how: 'a report',
      parts: ['update on verification_step', 'update on verification'],
      fact: BOTH,
      undone: { status: 'PENDING', step: 'SENT' },
      done: { status: 'FAILED', step: 'FAILED' },
      prepare: reporting('verification.undelivered', 'undelivered'),
    },
    ...(['verification.verified', CONTACT] as const).map(
      (type): Way => ({
        type,
        how: 'a right guess',
        parts: ['update of verified_at on verification', 'insert on contact_point', 'update on customer'],
        fact: CONTACTS,
        undone: NOTHING,
        done: { ...NOTHING, verified: 1, verifications: 1 },
        async prepare(at) {
          const { id } = await at.sent();
          return async () => outcomeOf(await at.confirmAnswer(id));
        },
      }),
    ),
    {
      type: 'verification.failed',
      how: 'spent attempts, found by a sweep',
      parts: ['delete on verification_deadline'],
      fact: DEADLINE,
      undone: { deadlines: 1 },
      done: { deadlines: 0 },
      isWorked: true,
      prepare: ending(async (at, id) => {
        for (let guess = 0; guess < 3; guess += 1) await at.confirm(id, WRONG);
      }),
    },
    {
      type: 'verification.expired',
      how: 'found by a sweep',
      parts: ['delete on verification_deadline'],
      fact: DEADLINE,
      undone: { deadlines: 1 },
      done: { deadlines: 0 },
      isWorked: true,
      prepare: ending((_, id) =>
        gateway.sql(`update verification set expires_at = now() - interval '1 minute' where id = $1`, [uuidOf(id)]),
      ),
    },
    {
      type: CONTACT,
      how: 'attested',
      parts: ['insert on contact_point', 'update on customer', 'insert on audit_event'],
      fact: CONTACTS,
      undone: { ...NOTHING, primary: 'primary@example.com' },
      done: { ...NOTHING, verified: 1 },
      async prepare(at) {
        const { id } = await at.caller.createCustomer({ email: 'primary@example.com' });
        return attesting(at, id, 'ada@example.com');
      },
    },
    {
      type: CONTACT,
      how: 'made primary',
      parts: ['update on customer', 'insert on audit_event'],
      fact: CONTACTS,
      undone: { ...NOTHING, verified: 2, primary: 'one@example.com' },
      done: { ...NOTHING, verified: 2, primary: 'two@example.com' },
      async prepare(at) {
        const { two: id } = await withTwo(at);
        return changing(at, 'setPrimaryContactPoint', 'ContactPointRefInput', { id });
      },
    },
    {
      type: CONTACT,
      how: 'removed',
      parts: ['delete on contact_point', 'update on customer', 'insert on audit_event'],
      fact: CONTACTS,
      undone: { ...NOTHING, verified: 2, primary: 'one@example.com' },
      done: { ...NOTHING, verified: 1, primary: 'one@example.com' },
      async prepare(at) {
        const { two: id } = await withTwo(at);
        return changing(at, 'removeContactPoint', 'ContactPointRefInput', { id });
      },
    },
    {
      type: CONTACT,
      how: 'of a customer who is deleted',
      parts: ['update of verified_at on contact_point', 'update of deleted_at on customer', 'insert on audit_event'],
      fact: `select count(*) filter (where p.verified_at is not null)::int as verified,
      count(c.deleted_at)::int as deleted from customer c join contact_point p on p.customer_id = c.id where c.workspace_id = $1`,
      undone: { verified: 2, deleted: 0 },
      done: { verified: 0, deleted: 2 },
      events: 2,
      async prepare(at) {
        const { customerId: id } = await withTwo(at);
        return asking(at, 'mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { id } }', { id });
      },
    },
    {
      type: CONTACT,
      how: 'a session that begins, and stamps the email',
      parts: ['update of verified_at on contact_point', 'insert on session'],
      fact: `select count(*) filter (where kind = 'EMAIL' and verified_at is not null)::int as emails,
      (select count(*)::int from session where workspace_id = $1) as sessions from contact_point where workspace_id = $1`,
      undone: { emails: 0, sessions: 0 },
      done: { emails: 1, sessions: 1 },
      // The phone is verified too.
      events: 2,
      async prepare(at) {
        dataOf(await at.caller.query('mutation { updateWorkspace(input: { connectStampsEmail: true }) { id } }'));
        const { browser, person } = await connecting(at);
        await browser.send(person.email);
        return asking(at, CONNECT.confirm, { email: person.email, code: '123456' }, browser.key);
      },
    },
    {
      type: 'contact.blocked',
      how: 'the hundredth wrong guess',
      parts: ['update on verification', 'insert on guess_streak'],
      fact: `select wrong_guesses as streak, (select failed_attempts from verification where workspace_id = $1) as attempts
      from guess_streak where workspace_id = $1`,
      undone: { streak: 99, attempts: 0 },
      done: { streak: 100, attempts: 1 },
      async prepare(at) {
        const { id: verificationId } = await at.sent();
        await gateway.sql(`insert into guess_streak values ($1, 'TEST', 'ada@example.com', 99)`, [at.workspace.id]);
        return asking(at, DOCUMENTS.confirm, { verificationId, code: WRONG });
      },
    },
    {
      type: 'session.reuse_detected',
      how: 'a thief with a spent token, who is given no other',
      parts: ['update on session', 'insert on audit_event'],
      fact: `select end_reason as ended, (select count(*)::int from refresh_token where workspace_id = $1) as tokens
      from session where workspace_id = $1`,
      undone: { ended: null, tokens: 2 },
      done: { ended: 'REUSE', tokens: 2 },
      async prepare(at) {
        const { browser, person } = await connecting(at);
        const { refreshToken } = await browser.connect(person.email);
        await browser.refresh(refreshToken);
        // Past the seconds in which it would be a lost answer.
        await gateway.sql(
          `update refresh_token set spent_at = spent_at - interval '1 minute' where workspace_id = $1 and spent_at is not null`,
          [at.workspace.id],
        );
        return asking(at, CONNECT.refresh, { refreshToken }, browser.key);
      },
    },
  ];
}
