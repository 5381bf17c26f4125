/** What was accepted is sent although the mail server fails, the process crashes or the message comes twice. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openOutbox } from '../../src/delivery/outbox.js';
import { DELIVERY_TRIES } from '../../src/delivery/queues.js';
import { localId, newId } from '../../src/kernel/ids.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createAccept } from '../../src/verification/accept.js';
import { DOCUMENTS, type VerificationView } from '../support/caller.js';
import { expire, hurryRetries, rowCounts } from '../support/database-state.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { waitFor } from '../support/wait-for.js';

const mailbox = await startMailbox();
const SECRET = 'a secret of more than thirty-two bytes';
const gateway = await startGateway({
  env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example', GATEWAY_SECRET: SECRET },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});
afterEach(() => mailbox.misbehave({}));

let people = 0;
async function send() {
  people += 1;
  const email = `person${people}@example.com`;
  const { live } = await gateway.workspace();
  const { id: customerId } = await live.createCustomer({ email });
  const { id } = await live.sendEmail(customerId);
  const uuid = id.split(':')[1] as string;
  return {
    id,
    uuid,
    mails: () => mailbox.mailsTo(email),
    read: () => live.call<VerificationView>('verification', { id }),
    confirm: (code: string) => live.call('confirm', { input: { verificationId: id, code } }),
    /** Resolves once the step is in this state. */
    stepIs: (status: string) =>
      waitFor(`the step is ${status}`, async () => {
        await hurryRetries(gateway.sql);
        const { steps } = await live.call<VerificationView>('verification', { id });
        return steps[0]?.status === status && steps[0];
      }),
    /** Resolves once the queue has put its job back for another try. */
    isPutBack: () =>
      waitFor('the job waits for another try', async () => {
        const jobs = await gateway.sql<{ n: number }>(
          `select 1 as n from pgboss.job where data ->> 'verificationId' = $1 and state = 'retry'`,
          [uuid],
        );
        return jobs.length === 1;
      }),
  };
}

describe('a mail server that says no for good (5xx)', () => {
  test.each([{ refuseRecipient: 550 }, { refuseMessage: 554 }])('%o: step and verification are FAILED', async (no) => {
    mailbox.misbehave(no);
    const { stepIs, read, confirm, mails } = await send();
    const status = Object.values(no)[0];
    expect(await stepIs('FAILED')).toMatchObject({
      failureReason: `the mail server refused the message (${status})`,
      sends: 0,
    });
    expect(await read()).toMatchObject({ status: 'FAILED', failedAttempts: 0, resendAvailableAt: null });
    expect(await confirm('000000')).toMatchObject({ __typename: 'Refused', code: 'FINISHED' });
    expect(mails()).toEqual([]);
  });
});

describe('a mail server that says not now', () => {
  test('by 4xx is asked again, and the mail arrives once', async () => {
    mailbox.misbehave({ refuseRecipient: 451 });
    const { isPutBack, stepIs, read, mails } = await send();
    await isPutBack();
    expect(await read()).toMatchObject({ status: 'PENDING', steps: [{ status: 'QUEUED', sends: 0 }] });
    mailbox.misbehave({});
    expect(await stepIs('SENT')).toMatchObject({ sends: 1, failureReason: null });
    expect(mails()).toHaveLength(1);
  });

  test('by refusing connections is asked again when it is back', async () => {
    await mailbox.close();
    const { isPutBack, stepIs, mails, confirm } = await send();
    await isPutBack();
    await mailbox.open();
    await stepIs('SENT');
    const [mail, ...more] = mails();
    expect(more).toEqual([]);
    expect(await confirm(mail ? codeIn(mail) : '')).toMatchObject({ __typename: 'VerificationConfirmed' });
  });

  test('by cutting the line gets the mail again: the same code and the same Message-ID', async () => {
    mailbox.misbehave({ drop: true });
    const { isPutBack, stepIs, mails } = await send();
    await isPutBack();
    mailbox.misbehave({});
    await stepIs('SENT');
    expectTwins(mails());
  });

  test('waits longer every time, and is given up after the last try', async () => {
    mailbox.misbehave({ refuseRecipient: 450 });
    const before = mailbox.recipients.length;
    const { uuid, isPutBack, stepIs, read } = await send();
    await isPutBack();
    const [job] = await gateway.sql<{ pause: number; backoff: boolean }>(
      `select extract(epoch from start_after - now())::float as pause, retry_backoff as backoff
       from pgboss.job where data ->> 'verificationId' = $1`,
      [uuid],
    );
    expect(job?.backoff).toBe(true);
    expect(job?.pause).toBeLessThan(5);
    expect(await stepIs('FAILED')).toMatchObject({ failureReason: 'the mail server could not be used (450)' });
    expect(mailbox.recipients.length - before).toBe(DELIVERY_TRIES);
    expect(await read()).toMatchObject({ status: 'FAILED' });
  });
});

describe('a verification and its job', () => {
  test.each(['verification_step', 'pgboss.job'])(
    'are accepted together or not at all: %s cannot be written',
    async (table) => {
      const { live } = await gateway.workspace();
      const { id: customerId } = await live.createCustomer({ email: 'nobody@example.com' });
      await gateway.sql(`create or replace function broken() returns trigger language plpgsql as $$
      begin raise exception 'no'; end $$`);
      const before = await rowCounts(gateway.sql);
      await gateway.sql(`create trigger broken before insert on ${table} for each row execute function broken()`);
      try {
        const answer = await live.query(DOCUMENTS.sendEmail, { input: { customerId } });
        expect(errorOf(answer)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
      } finally {
        await gateway.sql(`drop trigger broken on ${table}`);
      }
      expect(await rowCounts(gateway.sql)).toEqual(before);
      expect(await live.sendEmail(customerId)).toMatchObject({ status: 'PENDING' });
    },
  );
});

describe('sends that are accepted in one turn', () => {
  test('do not fail with the one among them that cannot be written', async () => {
    const workspace = await gateway.workspace();
    const { id } = await workspace.live.createCustomer();
    const { storage } = gateway;
    const logger = createLogger('silent');
    const outbox = await openOutbox({
      orm: storage.orm,
      location: storage.location,
      prepared: true,
      logger,
      noticeKeys: deriveKeyRing(['unused'], 'notice'),
      migrate: false,
      work: false,
    });
    const accept = createAccept(storage.database, outbox);
    const names = Array.from({ length: 20 }, (_, index) => (index === 7 ? 'poison' : `batch${index}`));
    const sends = names.map((name) =>
      accept({
        world: { workspaceId: workspace.id, mode: 'LIVE' },
        requestId: name,
        id: newId(),
        customerId: localId('Customer', id) ?? '',
        contactKind: 'EMAIL',
        locale: 'en-US',
        isLocaleNamed: false,
        codeLength: 6,
        timeoutSeconds: 600,
        // The database allows ten.
        maxAttempts: name === 'poison' ? 11 : 3,
        codeKeyId: deriveKeyRing([SECRET], 'code').current.id,
        steps: [
          {
            channel: 'EMAIL',
            recipient: `${name}@example.com`,
            identity: `${name}@example.com`,
            provider: 'smtp',
            template: 'code',
            content: null,
          },
        ],
        isExpired: false,
        idempotency: undefined,
      }).then(
        () => 'accepted',
        () => 'refused',
      ),
    );
    expect(await Promise.all(sends)).toEqual(names.map((name) => (name === 'poison' ? 'refused' : 'accepted')));
    const isMailed = (name: string) => mailbox.mailsTo(`${name}@example.com`).length === 1;
    await waitFor('the others are mailed', () => names.filter(isMailed).length === 19);
    expect(mailbox.mailsTo('poison@example.com')).toEqual([]);
    await outbox.close();
  });
});

describe('a slow mail server', () => {
  test('keeps nobody waiting: the request is answered before the mail is taken', async () => {
    mailbox.misbehave({ slowMs: 1_000 });
    const { read, mails, stepIs } = await send();
    expect(await read()).toMatchObject({ status: 'PENDING', steps: [{ status: 'QUEUED' }] });
    await stepIs('SENT');
    expect(mails()).toHaveLength(1);
  });
});

describe('a crash', () => {
  test('between sending and noting it repeats the mail: the same code and the same Message-ID', async () => {
    const { uuid, stepIs, mails } = await send();
    await stepIs('SENT');
    await waitFor('the job is completed', async () => {
      const text = `select 1 as n from pgboss.job where data ->> 'verificationId' = $1 and state = 'completed'`;
      return (await gateway.sql(text, [uuid])).length === 1;
    });
    await gateway.sql(
      `update verification_step set status = 'QUEUED', sends = 0, sent_at = null where verification_id = $1`,
      [uuid],
    );
    await gateway.sql(
      `update pgboss.job set state = 'created', started_on = null, completed_on = null where data ->> 'verificationId' = $1`,
      [uuid],
    );
    await stepIs('SENT');
    expectTwins(mails());
  });
});

test('an installation that was upgraded has as many claims of a job as a new one', async () => {
  const granted = () => gateway.sql('select name, retry_limit from pgboss.queue order by name');
  const ofNew = await granted();
  await gateway.sql('update pgboss.queue set retry_limit = 1');
  const { orm, location } = gateway.storage;
  const noticeKeys = deriveKeyRing(['unused'], 'notice');
  const logger = createLogger('silent');
  const outbox = await openOutbox({ orm, location, prepared: true, logger, noticeKeys, migrate: true, work: false });
  await outbox.close();
  expect(await granted()).toEqual(ofNew);
});

describe('a message that nobody needs any more', () => {
  test('is not sent: the verification expired while its mail waited', async () => {
    await mailbox.close();
    const { id, isPutBack, stepIs, mails } = await send();
    await isPutBack();
    await expire(gateway.sql, id);
    await mailbox.open();
    await stepIs('SKIPPED');
    expect(mails()).toEqual([]);
  });
});

function expectTwins(mails: ReturnType<typeof mailbox.mailsTo>): void {
  expect(mails).toHaveLength(2);
  expect(new Set(mails.map(codeIn)).size).toBe(1);
  expect(new Set(mails.map(({ email }) => email.messageId)).size).toBe(1);
}
