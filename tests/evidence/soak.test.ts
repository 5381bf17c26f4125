/** A third of what it can do, for half an hour: nothing gets slower, nothing grows. */
import { expect } from 'vitest';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { OBSERVED, observe } from '../support/observed.js';
import { startPostgres } from '../support/postgres.js';
import { capacityOf, GAUGES, type Gauges, gaugesOf, p99Of, steadily } from '../support/steady-load.js';

const LINES = 16;
const MINUTE = 60_000;
/** Six windows of five minutes, which is a checkpoint of PostgreSQL's and some thousand journeys in each. */
const WINDOWS = 6;
/** What is flat may still differ by so much. */
const FLAT = 1.1;

evidence('soak', 'A third of the load for half an hour', async ({ size, progress, about, figure, isShort }) => {
  const [minutes, settling, seconds] = [size(30, 0.1), size(3, 0.05), size(30, 2)];
  const postgres = await startPostgres();
  await using resources = new AsyncDisposableStack();
  resources.defer(() => postgres.stop());
  const fleet = resources.use(await createFleet(postgres.url, { GATEWAY_LIMIT_SCALE: '1000000' }));
  const server = await fleet.start(['serve'], OBSERVED);
  const { test } = await fleet.workspace([server]);

  /** One customer, one send, one confirm, one read: four requests. */
  const journey = async () => {
    const { email } = newPerson();
    const { id } = await test.createCustomer({ email });
    const { id: verificationId } = await test.sendEmail(id);
    const confirmed = await test.call('confirm', { input: { verificationId, code: '123456' } });
    expect(confirmed.__typename).toBe('VerificationConfirmed');
    await test.call('customer', { id });
  };
  progress('warming up');
  await capacityOf(LINES, seconds, journey);
  progress('what it can do');
  const capacity = await capacityOf(LINES, seconds, journey);
  progress('settling at a third of it');
  // Code that is compiled late, pools that fill and a heap that finds its size are of the start, not of the load.
  await steadily(capacity / 3, settling * MINUTE, journey);

  // Apart from the load: while it is collected, garbage is what a heap in use is made of.
  const before = await observe(server);
  const end = minutes * MINUTE;
  const gauges: Promise<Gauges>[] = [];
  const perWindow = size(20, 2);
  const { times, failures } = await steadily(capacity / 3, end, journey, (at) => {
    if (at < (gauges.length * end) / (WINDOWS * perWindow)) return;
    gauges.push(gaugesOf(fleet, server));
    progress(`${(at / MINUTE).toFixed(1)} of ${minutes} minutes`);
  });
  const read = await Promise.all(gauges);
  const after = await observe(server);

  const windows = Array.from({ length: WINDOWS }, (_, index) => {
    const isOf = (at: number, whole: number) => Math.floor((at / whole) * WINDOWS) === index;
    return {
      p99: p99Of(times.filter(({ at }) => isOf(at, end))),
      gauges: read.filter((_each, place) => isOf(place, read.length)),
    };
  });
  const [first, last] = [windows[0], windows.at(-1)] as [(typeof windows)[0], (typeof windows)[0]];
  const words = ({ p99, from, to }: typeof first.p99) => `${p99.toFixed(1)} (${from.toFixed(1)} to ${to.toFixed(1)})`;
  const slower = last.p99.p99 / first.p99.p99;
  about(
    `${minutes} minutes of ${(capacity / 3).toFixed(0)} journeys a second (create, send, confirm and read a customer), each begun when it is due and timed from then: ${times.length} journeys, after ${settling} minutes that do not count. That is a third of what a warm process got done with ${LINES} at once in ${seconds} seconds, on a PostgreSQL with \`fsync\` and the client on the same machine. Beginning and end are the first and the last ${minutes / WINDOWS} minutes; the interval of a p99 is that of 95 %.`,
  );
  figure(
    'p99 of a journey at the beginning and at the end',
    `${words(first.p99)} and ${words(last.p99)} ms: ${slower.toFixed(2)} ×`,
    `at most ${FLAT.toFixed(2)} ×`,
  );
  figure('p99 of each sixth', `${windows.map(({ p99 }) => p99.p99.toFixed(1)).join(', ')} ms`);
  const grew = (name: keyof Gauges, of: (values: number[]) => number) => {
    const [from, to] = [first, last].map(({ gauges: own }) => of(own.map((each) => each[name]))) as [number, number];
    return { from, to, ratio: to / from };
  };
  const highest = (values: number[]) => Math.max(...values);
  // One stall of the client opens connections enough to hide what leaks.
  const middle = (values: number[]) =>
    values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
  const flat: (readonly [keyof Gauges, string, (values: number[]) => number, boolean])[] = [
    ['memory', 'median', middle, true],
    ['external', 'median', middle, false],
    ['handles', 'median', middle, true],
    ['sockets', 'median', middle, false],
    ['connections', 'median', middle, false],
    ['waiting', 'highest', highest, false],
    ['lag', 'highest', highest, false],
  ];
  for (const [name, which, of, mustBeFlat] of flat) {
    const { from, to, ratio } = grew(name, of);
    const digits = Number.isInteger(from) && Number.isInteger(to) ? 0 : 1;
    figure(
      `${GAUGES[name]}: ${which} at the beginning and at the end`,
      `${from.toFixed(digits)} and ${to.toFixed(digits)}${mustBeFlat ? `: ${ratio.toFixed(2)} ×` : ''}`,
      mustBeFlat ? `at most ${FLAT.toFixed(2)} ×` : undefined,
    );
  }
  const live = after.heap / before.heap;
  figure(
    'live objects, MiB, before and after, once all garbage was collected',
    `${(before.heap / 2 ** 20).toFixed(1)} and ${(after.heap / 2 ** 20).toFixed(1)}: ${live.toFixed(2)} ×`,
    `at most ${FLAT.toFixed(2)} ×`,
  );
  figure('journeys that failed', failures.length, '0');
  expect(failures).toEqual([]);
  if (isShort) return;
  expect(slower).toBeLessThanOrEqual(FLAT);
  expect(live).toBeLessThanOrEqual(FLAT);
  for (const [name, , of, mustBeFlat] of flat)
    if (mustBeFlat) expect(grew(name, of).ratio, GAUGES[name]).toBeLessThanOrEqual(FLAT);
});
