/** Workers that are killed in the middle of their work, and what becomes of the messages. */
import { expect } from 'vitest';
import { newPerson } from '../support/connect.js';
import { hurryRetries, triesUnderWay } from '../support/database-state.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { startSlowProxy } from '../support/slow-proxy.js';
import { webhookSettings } from '../support/vendors/settings.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

/** One person in so many is sent a text too, to a sink that remembers ids. */
const TEXTED = 4;

evidence('worker-kills', 'Workers killed under load', async ({ size, progress, about, figure }) => {
  const [kills, sends] = [size(200, 4), size(5_000, 60)];
  await using mailbox = await startMailbox();
  await using sink = await startWebhookSink();
  // Its answers are under way for a while, so that workers are killed between a text and its answer.
  await using way = await startSlowProxy(Number(new URL(sink.url).port));
  way.delay(200);
  await using fleet = await createFleet(sharedPostgres(), {
    ...webhookSettings(`http://127.0.0.1:${way.port}/`),
    HTTP_CHANNELS: 'SMS',
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'codes@gateway.example',
    GATEWAY_LIMIT_SCALE: '1000',
  });
  const serving = await fleet.start(['serve', '--no-work']);
  const { live } = await fleet.workspace([serving]);
  const people = Array.from({ length: sends }, newPerson);
  const emails = new Set(people.map(({ email }) => email));
  const texted = people.filter((_, index) => index % TEXTED === 0).map(({ phone }) => phone);
  const numbers = new Set(texted);
  const send = async ({ email, phone }: { email: string; phone: string }) => {
    const customer = await live.createCustomer({ email, phone });
    // A code that expires while workers are killed is rightly not sent any more.
    await live.sendEmail(customer.id, { timeoutSeconds: 3600 });
    if (numbers.has(phone)) await live.sendPhone(customer.id, { timeoutSeconds: 3600 });
  };
  const inFlight = new Map<string, string>();
  for (let killed = 0; killed < kills; killed += 1) {
    const share = people.slice(Math.floor((killed * sends) / kills), Math.floor(((killed + 1) * sends) / kills));
    const [mails, texts] = [mailbox.mails.length, sink.requests.length];
    const worker = await fleet.start(['work']);
    const sending = inTurns(
      8,
      share.map((person) => () => send(person)),
    );
    const hasSent = () => (killed % 2 === 0 ? mailbox.mails.length > mails : sink.requests.length > texts);
    await waitFor('the worker sends', hasSent, 60_000);
    await worker.end('SIGKILL');
    // What another worker was killed at is still held for it, for up to ten seconds: it is the same try.
    for (const { id, recipient } of await triesUnderWay(fleet.sql, 'EMAIL')) inFlight.set(id, recipient);
    await sending;
    progress(`${killed + 1} of ${kills} kills, ${mailbox.mails.length} mails for ${sends} messages`);
  }
  way.delay(0);
  await using _last = await fleet.start(['work']);
  await waitFor(
    'every message is out',
    async () => {
      await hurryRetries(fleet.sql);
      const reached = new Set(mailbox.mails.map(({ to }) => to[0])).size;
      progress(`${reached} of ${sends} people and ${sink.messages.size} of ${texted.length} numbers reached`);
      return reached >= sends && sink.messages.size >= texted.length;
    },
    size(1_800_000, 120_000),
  );

  const mailsTo = Map.groupBy(mailbox.mails, ({ to }) => to.join());
  const lost = people.filter(({ email }) => !mailsTo.has(email)).length;
  const strangers = mailbox.mails.filter(({ to }) => to.length !== 1 || !emails.has(to[0] as string)).length;
  const duplicates = mailbox.mails.length - sends;
  const cutShort = Map.groupBy(inFlight.values(), (recipient) => recipient);
  // One for each try of theirs that a kill cut short, and the one that was asked for.
  const unexplained = [...mailsTo].filter(
    ([recipient, mails]) => mails.length > 1 + (cutShort.get(recipient)?.length ?? 0),
  ).length;
  const differing = people.filter(({ email }) => {
    const mails = mailsTo.get(email) ?? [];
    return new Set(mails.map((mail) => `${codeIn(mail)} ${mail.email.messageId}`)).size !== 1;
  }).length;
  const textsTo = Map.groupBy(sink.messages.values(), ({ to }) => to);
  const untexted = texted.filter((number) => !textsTo.has(number)).length;
  const sentTwice = sink.messages.size - textsTo.size;
  const strangeNumbers = [...textsTo.keys()].filter((number) => !numbers.has(number)).length;
  const forgotten = sink.requests.filter(({ method }) => method === 'POST').length - sink.messages.size;
  about(
    `${kills} kills (SIGKILL) of the one worker under ${sends} sends to an SMTP server and ${texted.length} to a signed webhook whose receiver remembers \`webhook-id\`.`,
  );
  figure('accepted messages lost', lost, '0');
  figure('mails to a wrong recipient', strangers, '0');
  figure(
    'mails that came again',
    duplicates,
    `at most ${inFlight.size}, as many as were under way when a worker was killed`,
  );
  figure('of those, with another code or Message-ID', differing, '0');
  figure('people with more of them than tries of theirs that a kill cut short', unexplained, '0');
  figure('accepted texts lost, and texts to a wrong number', `${untexted} and ${strangeNumbers}`, '0 and 0');
  figure('texts that the receiver that remembers ids has twice', sentTwice, '0');
  figure('calls that it knew by their id', forgotten);
  expect({ lost, strangers, unexplained, differing }).toEqual({ lost: 0, strangers: 0, unexplained: 0, differing: 0 });
  expect({ untexted, strangeNumbers, sentTwice }).toEqual({ untexted: 0, strangeNumbers: 0, sentTwice: 0 });
  expect(duplicates).toBeLessThanOrEqual(inFlight.size);
});
