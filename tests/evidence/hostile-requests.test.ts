/** Damaged requests by the million: nothing breaks, nothing hangs, nothing grows. */
import { Pool } from 'undici';
import { expect } from 'vitest';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { attack, attackCostly, seeded } from '../support/hostile.js';
import { attackRaw } from '../support/hostile-raw.js';
import { OBSERVED, observe } from '../support/observed.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const LINES = 32;
const SEED = 20_261_121;
/** One in so many is bytes on a raw socket. */
const RAW = 200;
/** One in so many is as costly as the limits let it be. */
const COSTLY = 50;
/** MiB of heap, as Node gives itself in a container of 512 MiB: deploy/kubernetes/gateway.yaml. */
const HEAP = 256;

evidence('hostile-requests', 'Hostile requests', async ({ size, progress, about, figure, isShort }) => {
  const count = size(1_000_000, 4_000);
  await using fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '100000' });
  const server = await fleet.start(['serve'], {
    NODE_OPTIONS: `${OBSERVED.NODE_OPTIONS} --max-old-space-size=${HEAP}`,
  });
  const workspace = await fleet.workspace([server]);
  const publishable = await workspace.key({ kind: 'PUBLISHABLE' });
  const keys = [...new Array(8).fill(workspace.test.key), publishable.secret];
  await using pool = Object.assign(new Pool(server.url, { connections: LINES }), {
    [Symbol.asyncDispose]: () => pool.destroy(),
  });

  // What a start takes is no request's: modules are loaded and the schema is built in one turn.
  const start = await observe(server);
  const random = seeded(SEED);
  const [outcomes, rawOutcomes] = [new Map<string, number>(), new Map<string, number>()];
  const told = (counts: Map<string, number>) => [...counts].map(([kind, times]) => `${times} ${kind}`).join(', ');
  let done = 0;
  const attackOf = (number: number) => {
    if (number % RAW === 0) return attackRaw(server.url, random);
    return number % COSTLY === 0 ? attackCostly(pool, keys, random) : attack(pool, keys, random);
  };
  const until = async (end: number) => {
    const line = async () => {
      while (done < end) {
        done += 1;
        const number = done;
        const outcome = await attackOf(number);
        const kind = typeof outcome === 'number' ? `${Math.floor(outcome / 100)}xx` : outcome;
        const counts = number % RAW === 0 ? rawOutcomes : outcomes;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (number % 1_000 === 0) progress(`${number} of ${count}: ${told(outcomes)}; raw: ${told(rawOutcomes)}`);
      }
    };
    await Promise.all(Array.from({ length: LINES }, line));
  };

  // Code that is compiled and caches that are filled are no leak: memory is compared from the first tenth on. V8 keeps the
  // pages of garbage that it has collected, hence resident memory is what the heap was at its largest, within the limit.
  await until(count / 10);
  const first = await observe(server);
  await until(count);
  const last = await observe(server);
  const growth = (last.resident - first.resident) / 2 ** 20;
  const both = (kind: string) => (outcomes.get(kind) ?? 0) + (rawOutcomes.get(kind) ?? 0);
  const [failed, hung] = [both('5xx'), both('hung')];
  // Every message of theirs is whole, so each deserves an answer; who sends bytes that are no request may be hung up on.
  const closed = outcomes.get('closed') ?? 0;
  const unhandled = /unhandled|uncaught/i.test(server.stderr() + server.stdout());

  about(
    `${count} requests, one in ${RAW} on a raw socket, one in ${COSTLY} as costly as the limits let it be, ${LINES} at once, seed ${SEED}, at a process with a heap of ${HEAP} MiB at most; answers: ${told(outcomes)}; on raw sockets: ${told(rawOutcomes)}. Those that are unfinished wait for more than was sent, and were ended.`,
  );
  figure('answers of 5xx', failed, '0');
  figure('requests without an answer in 10 s', hung, '0');
  figure('HTTP messages whose connection was closed instead of an answer', closed, '0');
  figure('growth of memory after the first tenth', `${growth.toFixed(0)} MiB`, 'at most 50 MiB');
  const grown = (name: 'heap' | 'external') => `${((last[name] - first[name]) / 2 ** 20).toFixed(0)} MiB`;
  figure('growth of live objects, and of what they hold outside the heap', `${grown('heap')} and ${grown('external')}`);
  figure('resident memory at its highest, garbage included', `${(last.highest / 2 ** 20).toFixed(0)} MiB`);
  figure('longest work of the main thread in one turn, before the first request', `${start.work.toFixed(0)} ms`);
  // In the first tenth code is still being compiled.
  figure('longest work of the main thread in one turn, in the first tenth', `${first.work.toFixed(0)} ms`);
  // A block by a request is work of the main thread. By the clock, a stretch also holds what the machine gave to the
  // database and to the attackers, who take a core of their own.
  figure(
    'longest work of the main thread in one turn of the event loop, after it',
    `${last.work.toFixed(0)} ms`,
    'at most 50 ms',
  );
  figure('longest turn of the event loop by the clock, after it', `${last.block.toFixed(0)} ms`);
  expect({ failed, hung, closed, unhandled, ended: server.hasEnded() }).toEqual({
    failed: 0,
    hung: 0,
    closed: 0,
    unhandled: false,
    ended: false,
  });
  // In the short form code is still being compiled.
  if (isShort) return;
  expect(growth).toBeLessThanOrEqual(50);
  expect(last.work).toBeLessThanOrEqual(50);
});
