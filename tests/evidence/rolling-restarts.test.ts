/** Processes that are replaced one after the other, as an upgrade does it, while clients call. */
import { expect } from 'vitest';
import { startBalancer } from '../support/balancer.js';
import { createCaller } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { startMailbox } from '../support/mailbox.js';
import { productionSettings } from '../support/production-settings.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const LINES = 4;

evidence('rolling-restarts', 'Rolling restarts under load', async ({ size, progress, about, figure }) => {
  const restarts = size(100, 2);
  await using mailbox = await startMailbox();
  await using fleet = await createFleet(sharedPostgres(), productionSettings(mailbox.url));
  await using balancer = startBalancer();
  let processes = [await fleet.start(['serve']), await fleet.start(['serve'])];
  for (const process of processes) await balancer.add(process);
  const { live } = await fleet.workspace(processes);

  const accepted: string[] = [];
  const failures: unknown[] = [];
  let requests = 0;
  let isOver = false;
  const call = <Result>(name: 'createCustomer' | 'sendEmail' | 'customer', variables: object): Promise<Result> => {
    requests += 1;
    return createCaller(balancer.next(), live.key).call<Result>(name, { ...variables });
  };
  const line = async () => {
    while (!isOver) {
      const { email } = newPerson();
      try {
        const { id } = await call<{ id: string }>('createCustomer', { input: { platformCustomerId: email, email } });
        // A code that expires while it waits is rightly not sent any more.
        const input = { customerId: id, timeoutSeconds: 3600 };
        const sent = await call<{ __typename: string }>('sendEmail', { input });
        if (sent.__typename !== 'VerificationSent') throw new Error(`refused: ${JSON.stringify(sent)}`);
        accepted.push(email);
        await call('customer', { id });
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const lines = Array.from({ length: LINES }, line);
  const peopleReached = () => new Set(mailbox.mails.map(({ to }) => to[0]));
  const hasReached = (people: readonly string[]) => {
    const reached = peopleReached();
    return people.every((email) => reached.has(email));
  };

  for (let restarted = 0; restarted < restarts; restarted += 1) {
    const [old, ...others] = processes;
    const fresh = await fleet.start(['serve']);
    await balancer.add(fresh);
    expect(await old?.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
    processes = [...others, fresh];
    progress(`${restarted + 1} of ${restarts} restarts, ${requests} requests, ${failures.length} failed`);
  }
  isOver = true;
  await Promise.all(lines);
  // What waits in the queue of a busy machine is late, and not lost: the last mail is the one that none follows.
  let arrived = -1;
  while (arrived < mailbox.mails.length && !hasReached(accepted)) {
    arrived = mailbox.mails.length;
    await waitFor('a further mail', () => mailbox.mails.length > arrived || hasReached(accepted), 90_000).catch(
      () => {},
    );
    progress(`${arrived} mails for ${accepted.length} sends`);
  }
  const reached = peopleReached();
  const lost = accepted.filter((email) => !reached.has(email)).length;

  about(
    `${restarts} restarts (SIGTERM) of one of two processes at a time, behind a balancer that asks \`/readyz\`, under ${LINES} clients: ${requests} requests, ${accepted.length} sends.`,
  );
  figure('requests that failed', failures.length, '0');
  figure('accepted sends lost', lost, '0');
  figure('mails that came again', mailbox.mails.length - reached.size);
  expect({ failures, lost }).toEqual({ failures: [], lost: 0 });
});
