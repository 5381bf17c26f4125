/** A third of what it can do, for half an hour: nothing gets slower, nothing grows. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const LINES = 16;
/** At the beginning and at the end. */
const SHARE = 0.1;

evidence('soak', 'A third of the load for half an hour', async ({ size, progress, about, figure, isShort }) => {
  const [minutes, seconds] = [size(30, 0.1), size(20, 2)];
  await using fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000000' });
  const server = await fleet.start(['serve']);
  const { test } = await fleet.workspace([server]);

  /** One customer, one send, one confirm, one read: four requests. */
  const journey = async () => {
    const { email } = newPerson();
    const { id } = await test.createCustomer({ email });
    const { id: verificationId } = await test.sendEmail(id);
    await test.call('confirm', { input: { verificationId, code: '123456' } });
    await test.call('customer', { id });
  };
  const capacity = await journeysPerSecond(journey, seconds);
  const times: { at: number; took: number }[] = [];
  const failures: unknown[] = [];
  const gauge = async () => {
    const text = await scrape(server.url);
    return {
      memory: sampleIn(text, 'process_resident_memory_bytes', {}) / 2 ** 20,
      handles: sampleIn(text, 'process_open_fds', {}),
    };
  };

  const end = minutes * 60_000;
  const begun = performance.now();
  const gauges: Awaited<ReturnType<typeof gauge>>[] = [];
  const underWay = new Set<Promise<void>>();
  for (let due = 0; due < end; due += 3_000 / capacity) {
    await pause(Math.max(0, begun + due - performance.now()));
    const from = performance.now();
    const going: Promise<void> = journey()
      .then(
        () => void times.push({ at: due, took: performance.now() - from }),
        (error) => void failures.push(error),
      )
      .finally(() => underWay.delete(going));
    underWay.add(going);
    if (due / end >= (gauges.length + 1) * SHARE) {
      gauges.push(await gauge());
      progress(
        `${(due / 60_000).toFixed(1)} of ${minutes} minutes, ${times.length} journeys, ${gauges.at(-1)?.memory.toFixed(0)} MiB`,
      );
    }
  }
  await Promise.all(underWay);

  const p99 = (from: number, to: number) =>
    quantile(
      times.filter(({ at }) => at >= end * from && at < end * to).map(({ took }) => took),
      0.99,
    );
  const [first, last] = [p99(0, SHARE), p99(1 - SHARE, 1)];
  const [early, late] = [gauges[0], gauges.at(-1)];
  about(
    `${minutes} minutes of ${(capacity / 3).toFixed(0)} journeys a second (create, send, confirm and read a customer), a third of what ${LINES} at once got done: ${times.length} journeys.`,
  );
  figure(
    'p99 of a journey in the first tenth and in the last',
    `${first.toFixed(0)} and ${last.toFixed(0)} ms: ${(last / first).toFixed(2)} ×`,
    'at most 1.10 ×',
  );
  figure(
    'memory after the first tenth and at the end',
    `${early?.memory.toFixed(0)} and ${late?.memory.toFixed(0)} MiB`,
  );
  figure('open handles after the first tenth and at the end', `${early?.handles} and ${late?.handles}`);
  figure('journeys that failed', failures.length, '0');
  expect(failures).toEqual([]);
  if (!isShort) expect(last / first).toBeLessThanOrEqual(1.1);
});

async function journeysPerSecond(journey: () => Promise<void>, seconds: number): Promise<number> {
  let done = 0;
  const until = performance.now() + seconds * 1_000;
  const line = async () => {
    while (performance.now() < until) {
      await journey();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: LINES }, line));
  return done / seconds;
}

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((left, right) => left - right)[Math.floor(share * times.length)] ?? Number.NaN;
