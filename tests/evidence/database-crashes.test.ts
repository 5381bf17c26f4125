/** PostgreSQL that crashes under load, over and over, and what the gateway still keeps of what it said. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Outcome } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { hurryRetries } from '../support/database-state.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { startMailbox } from '../support/mailbox.js';
import { startPostgres } from '../support/postgres.js';
import { waitFor } from '../support/wait-for.js';

const MAX_ATTEMPTS = 3;
const LINES = 4;

evidence('database-crashes', 'PostgreSQL crashed under load', async ({ size, progress, about, figure, skip }) => {
  const crashes = size(50, 2);
  await using stack = new AsyncDisposableStack();
  const server = await startPostgres();
  stack.defer(() => server.stop());
  const { crash, restart } = server;
  if (!crash || !restart) return skip('the database of TEST_DATABASE_URL is not for crashing');
  const mailbox = stack.use(await startMailbox());
  const fleet = stack.use(
    await createFleet(server.url, {
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'codes@gateway.example',
      GATEWAY_LIMIT_SCALE: '1000',
    }),
  );
  const processes = [await fleet.start(['serve']), await fleet.start(['serve'])];
  const { live, test } = await fleet.workspace(processes);

  const accepted: string[] = [];
  /** Guesses at each verification that were told to be wrong. */
  const wrong = new Map<string, number>();
  let refused = 0;
  let isOver = false;
  const line = async () => {
    while (!isOver) {
      try {
        const { email } = newPerson();
        await live.sendEmail((await live.createCustomer({ email })).id);
        accepted.push(email);
        const { id: verificationId } = await test.sendEmail((await test.createCustomer({ email })).id, {
          maxAttempts: MAX_ATTEMPTS,
        });
        await Promise.all(
          Array.from({ length: 2 * MAX_ATTEMPTS }, async () => {
            const outcome = await test.call<Outcome>('confirm', { input: { verificationId, code: '000000' } });
            if (outcome.__typename === 'CodeIncorrect') wrong.set(verificationId, (wrong.get(verificationId) ?? 0) + 1);
          }),
        );
      } catch {
        // Refused while the database was away: nothing was promised.
        refused += 1;
        await pause(20);
      }
    }
  };
  const lines = Array.from({ length: LINES }, line);

  const returns: number[] = [];
  for (let crashed = 0; crashed < crashes; crashed += 1) {
    const before = accepted.length;
    await waitFor('sends are accepted', () => accepted.length > before + 5, 60_000);
    await crash();
    await restart();
    const back = performance.now();
    await Promise.all(
      processes.map(({ url }) => waitFor('it serves again', async () => (await fetch(`${url}/readyz`)).ok, 60_000)),
    );
    returns.push(performance.now() - back);
    progress(`${crashed + 1} of ${crashes} crashes, ${accepted.length} sends accepted, ${refused} requests refused`);
  }
  isOver = true;
  await Promise.all(lines);

  await waitFor(
    'every message is out',
    async () => {
      await hurryRetries(fleet.sql);
      const reached = new Set(mailbox.mails.map(({ to }) => to[0]));
      progress(`${reached.size} people reached of ${accepted.length} at least`);
      return accepted.every((email) => reached.has(email));
    },
    size(600_000, 120_000),
  );
  const reached = new Set(mailbox.mails.map(({ to }) => to[0]));
  const lost = accepted.filter((email) => !reached.has(email)).length;
  const beyond = [...wrong.values()].filter((guesses) => guesses > MAX_ATTEMPTS).length;
  const slowest = Math.max(...returns);
  const restarted = processes.filter(({ hasEnded }) => hasEnded()).length;
  const unhandled = processes.filter((each) => /unhandled/i.test(each.stderr() + each.stdout())).length;

  about(
    `${crashes} crashes under ${LINES} clients of two processes; ${accepted.length} sends were accepted, ${refused} requests refused.`,
  );
  figure('accepted sends lost', lost, '0');
  figure(`verifications with more than ${MAX_ATTEMPTS} wrong guesses, of ${wrong.size}`, beyond, '0');
  figure('longest wait for both processes, once the database was back', `${slowest.toFixed(0)} ms`, 'at most 2,000 ms');
  figure('processes that ended', restarted, '0');
  figure('processes with an unhandled rejection', unhandled, '0');
  expect({ lost, beyond, restarted, unhandled }).toEqual({ lost: 0, beyond: 0, restarted: 0, unhandled: 0 });
  // The short form shares its machine with other tests.
  expect(slowest).toBeLessThanOrEqual(size(2_000, 20_000));
});
