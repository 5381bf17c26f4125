/** A send that was accepted is sent, however many come at once and whichever worker dies. */
import { PgBoss } from 'pg-boss';
import { afterAll, describe, expect, test } from 'vitest';
import { createCaller, DOCUMENTS } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { codeIn, type Mail, startMailbox } from '../support/mailbox.js';
import { startReceivers } from '../support/receivers.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const mailbox = await startMailbox();
const fleet = await createFleet(sharedPostgres(), { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' });
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

interface Counts {
  status: string;
  sends: number;
  steps: number;
}
const stepsOf = (customerId: string) =>
  fleet.sql<Counts>(
    `select s.status, s.sends, count(*)::int as steps from verification_step s
     join verification v on v.id = s.verification_id where v.customer_id = $1 group by 1, 2`,
    [customerId.split(':')[1] as string],
  );

describe('a thousand sends at once', () => {
  test('at two processes are each accepted with one job, and each is delivered once', async () => {
    const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);
    const { test: caller } = await fleet.workspace(processes);
    const { id: customerId } = await caller.createCustomer();
    const accepted = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        caller.sendEmail(customerId, { email: `person${index}@example.com` }),
      ),
    );
    const jobs = await fleet.sql<{ id: string; n: number }>(
      `select data ->> 'verificationId' as id, count(*)::int as n from pgboss.job group by 1`,
    );
    expect(new Set(jobs.map(({ id }) => `Verification:${id}`))).toEqual(new Set(accepted.map(({ id }) => id)));
    expect(jobs.filter(({ n }) => n !== 1)).toEqual([]);
    const delivered = await waitFor(
      'everything is delivered',
      async () => {
        const counts = await stepsOf(customerId);
        return !counts.some(({ status }) => status === 'QUEUED') && counts;
      },
      60_000,
    );
    expect(delivered).toEqual([{ status: 'DELIVERED', sends: 1, steps: 1_000 }]);
    await Promise.all(processes.map((process) => process.end()));
  });
});

describe('a worker that is killed in the middle', () => {
  test('S13: loses no accepted send; what came twice carries the same code', async () => {
    const server = await fleet.start(['serve', '--no-work']);
    const worker = await fleet.start(['work']);
    const { live: caller } = await fleet.workspace([server]);
    const { id: customerId } = await caller.createCustomer();
    const addresses = Array.from({ length: 100 }, (_, index) => `killed${index}@example.com`);
    mailbox.misbehave({ slowMs: 100 });
    await Promise.all(addresses.map((email) => caller.sendEmail(customerId, { email })));
    await waitFor('some mails are under way', () => mailbox.mails.length >= 10);
    expect(await worker.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    const before = mailbox.mails.length;
    expect(before).toBeLessThan(addresses.length);

    mailbox.misbehave({});
    const successor = await fleet.start(['work']);
    await expireActiveJobs();
    await waitFor(
      'every step is sent',
      async () => {
        const counts = await stepsOf(customerId);
        return counts.every(({ status }) => status === 'SENT');
      },
      60_000,
    );
    expect((await stepsOf(customerId)).reduce((sum, { steps }) => sum + steps, 0)).toBe(addresses.length);
    for (const address of addresses) {
      const mails = mailbox.mailsTo(address);
      expect(mails.length).toBeGreaterThanOrEqual(1);
      expect(new Set(mails.map(codeIn)).size).toBe(1);
      expect(new Set(mails.map(({ email }) => email.messageId)).size).toBe(1);
    }
    await Promise.all([server.end(), successor.end()]);
  });
});

test('a worker that is told to stop takes no more messages, also while an endpoint that does not answer keeps it', async () => {
  await using receivers = await startReceivers();
  receivers.hang(['slow']);
  const server = await fleet.start(['serve', '--no-work']);
  const worker = await fleet.start(['work'], { LOG_LEVEL: 'info' });
  const { test: caller } = await fleet.workspace([server]);
  await webhooksOf(caller).create({ url: receivers.url('slow') });
  const { id: customerId } = await caller.createCustomer({ email: 'before@example.com' });
  await caller.sendEmail(customerId);
  await waitFor('an event is being told', () => receivers.count() > 0);
  const ended = worker.end('SIGTERM');
  await waitFor('it says that it stops', () => worker.stderr().includes('stopping'));
  await caller.sendEmail(customerId, { email: 'after@example.com' });
  // A worker that took jobs would look every second.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await stepsOf(customerId)).toContainEqual({ status: 'QUEUED', sends: 0, steps: 1 });
  await receivers[Symbol.asyncDispose]();
  expect(await ended).toMatchObject({ code: 0, signal: null });
  expect(await stepsOf(customerId)).toContainEqual({ status: 'QUEUED', sends: 0, steps: 1 });
  await server.end();
});

describe('a secret that is rotated', () => {
  test('still confirms the codes that are under way, until it is taken out', async () => {
    const older = 'the older secret of more than thirty-two bytes';
    const newer = 'the newer secret of more than thirty-two bytes';
    const before = await fleet.start(['serve'], { GATEWAY_SECRET: older });
    const workspace = await fleet.workspace([before]);
    const { id: customerId } = await workspace.live.createCustomer();
    const send = async (email: string) => {
      const { id } = await workspace.live.sendEmail(customerId, { email });
      const mail = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
      return { input: { verificationId: id, code: codeIn(mail) } };
    };
    const [one, two] = [await send('rotated1@example.com'), await send('rotated2@example.com')];
    await before.end();
    const confirmAt = async (secrets: string, guess: typeof one) => {
      const process = await fleet.start(['serve', '--no-work'], { GATEWAY_SECRET: secrets });
      const answer = await createCaller(process.url, workspace.live.key).query(DOCUMENTS.confirm, guess);
      await process.end();
      return answer.body;
    };
    expect(await confirmAt(newer, one)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    expect(await confirmAt(`${newer},${older}`, two)).toMatchObject({
      data: { result: { __typename: 'VerificationConfirmed' } },
    });
  });
});

describe('three workers behind two processes that only serve', () => {
  test('race: share a burst: every message is sent once, by one of them, and its code is right', async () => {
    // The envelope tells who has sent it.
    const names = ['first@gateway.example', 'second@gateway.example', 'third@gateway.example'];
    const servers = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
    const workers = await Promise.all(names.map((name) => fleet.start(['work'], { MAIL_FROM: name })));
    const { live: caller } = await fleet.workspace(servers);
    mailbox.misbehave({ slowMs: 50 });
    const accepted = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const email = `shared${index}@example.com`;
        const { id: customerId } = await caller.createCustomer({ email });
        return { email, customerId, verificationId: (await caller.sendEmail(customerId)).id };
      }),
    );
    const mails = () => mailbox.mails.filter(({ from }) => names.includes(from));
    const reached = () => new Map(mails().map((mail) => [mail.to.join(), mail]));
    await waitFor('everybody is reached', () => reached().size === accepted.length, 60_000);
    const outcomes = await Promise.all(
      accepted.map(async ({ email, verificationId }) => {
        const code = codeIn(reached().get(email) as Mail);
        return (await caller.call('confirm', { input: { verificationId, code } })).__typename;
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(['VerificationConfirmed']));
    const ids = accepted.map(({ verificationId }) => verificationId.split(':')[1] as string);
    const states = () =>
      fleet.sql<{ state: string; jobs: number }>(
        `select state::text, count(*)::int as jobs from pgboss.job where data ->> 'verificationId' = any($1) group by 1`,
        [ids],
      );
    await waitFor('every job is done', async () => (await states()).every(({ state }) => state === 'completed'));
    expect(await states()).toEqual([{ state: 'completed', jobs: accepted.length }]);
    expect(
      mails()
        .map(({ to }) => to.join())
        .sort(),
    ).toEqual(accepted.map(({ email }) => email).sort());
    expect(new Set(mails().map(({ from }) => from))).toEqual(new Set(names));
    mailbox.misbehave({});
    await Promise.all([...servers, ...workers].map((process) => process.end()));
  });
});

/** What the queue's maintenance does to the jobs of a dead worker after a minute, done now. */
async function expireActiveJobs(): Promise<void> {
  await fleet.sql(`update pgboss.job set started_on = started_on - interval '2 minutes' where state = 'active'`);
  const boss = new PgBoss({
    connectionString: fleet.env['DATABASE_URL'] as string,
    supervise: false,
    schedule: false,
    migrate: false,
  });
  await boss.start();
  try {
    await waitFor('the jobs of the dead worker are put back', async () => {
      await fleet.sql('update pgboss.queue set monitor_on = null');
      await boss.supervise();
      const old = `select 1 from pgboss.job where state = 'active' and started_on < now() - interval '1 minute' limit 1`;
      return (await fleet.sql(old)).length === 0;
    });
  } finally {
    await boss.stop({ graceful: false });
  }
}
