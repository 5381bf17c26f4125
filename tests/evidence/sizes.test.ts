/** What a read and a verification cost when tables are long, and what further processes add. */
import { expect } from 'vitest';
import { openStorage } from '../../src/entities/storage.js';
import { createCaller } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { fillVerifications } from '../support/many-verifications.js';
import { sampleIn, scrape } from '../support/metrics.js';
import type { Running } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const LINES = 16;

evidence('sizes', 'Long tables and further processes', async ({ size, progress, about, figure, isShort }) => {
  const [reads, verifications] = [size(5_000, 50), size(1_000, 10)];
  const rows = isShort ? [1_000] : [10_000, 1_000_000, 10_000_000];
  const processes = isShort ? [2] : [1, 2, 4];
  about(
    `${reads} reads of a customer and ${verifications} verifications (send and confirm), ${LINES} at once, from a client on the same machine.`,
  );
  for (const total of rows) {
    await using fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000000' });
    progress(`${total} verifications are filled in`);
    {
      await using storage = await openStorage({
        databaseUrl: fleet.env['DATABASE_URL'],
        dataDirectory: '',
        migrate: false,
      });
      await fillVerifications(storage.database.pool, total);
    }
    const running = [await fleet.start(['serve'])];
    progress(`${total} verifications`);
    for (const [name, value] of await measured(fleet, running, reads, verifications))
      figure(`${total.toLocaleString('en')} verifications in the tables: ${name}`, value);
  }
  for (const count of processes) {
    await using fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000000' });
    const running = await Promise.all(Array.from({ length: count }, () => fleet.start(['serve'])));
    progress(`${count} processes`);
    for (const [name, value] of await measured(fleet, running, reads, verifications))
      figure(`${count} ${count === 1 ? 'process' : 'processes'}: ${name}`, value);
  }
});

async function measured(fleet: Fleet, running: readonly Running[], reads: number, verifications: number) {
  const { test } = await fleet.workspace(running);
  const callers = running.map(({ url }) => createCaller(url, test.key));
  const callerOf = (index: number) => callers[index % callers.length] as (typeof callers)[number];
  const customer = await test.createCustomer({ email: newPerson().email });
  const read = (index: number) => callerOf(index).call('customer', { id: customer.id });
  const verify = async (index: number) => {
    const caller = callerOf(index);
    const { id } = await caller.createCustomer({ email: newPerson().email });
    const sent = await caller.sendEmail(id);
    const outcome = await caller.call('confirm', { input: { verificationId: sent.id, code: '123456' } });
    expect(outcome.__typename).toBe('VerificationConfirmed');
  };
  await timed(running, Math.ceil(reads / 5), read);
  await timed(running, Math.ceil(verifications / 5), verify);
  await fleet.sql('analyze');
  return [
    ['read', await timed(running, reads, read)],
    ['create, send and confirm', await timed(running, verifications, verify)],
  ] as const;
}

async function timed(running: readonly Running[], count: number, work: (index: number) => Promise<unknown>) {
  const cpu = async () =>
    (
      await Promise.all(running.map(async ({ url }) => sampleIn(await scrape(url), 'process_cpu_seconds_total', {})))
    ).reduce((sum, each) => sum + each, 0);
  const before = await cpu();
  const begun = performance.now();
  const times: number[] = [];
  let next = 0;
  const line = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const from = performance.now();
      await work(index);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: LINES }, line));
  const seconds = (performance.now() - begun) / 1_000;
  const sorted = times.toSorted((left, right) => left - right);
  const [p50, p99] = [0.5, 0.99].map((share) => sorted[Math.floor(share * sorted.length)]?.toFixed(1));
  const spent = (((await cpu()) - before) / count) * 1e6;
  return `${(count / seconds).toFixed(0)}/s, p50 ${p50} ms, p99 ${p99} ms, server CPU ${spent.toFixed(0)} µs`;
}
