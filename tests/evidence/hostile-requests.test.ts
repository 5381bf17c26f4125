/** Damaged requests by the million: nothing breaks, nothing hangs, nothing grows. */
import { Pool } from 'undici';
import { expect } from 'vitest';
import { evidence } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { attack, attackCostly, attackRaw, seeded } from '../support/hostile.js';
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

  const random = seeded(SEED);
  const answers = new Map<string, number>();
  let done = 0;
  let hung = 0;
  const attackOf = (number: number) => {
    if (number % RAW === 0) return attackRaw(server.url, random);
    return number % COSTLY === 0 ? attackCostly(pool, keys, random) : attack(pool, keys, random);
  };
  const until = async (end: number) => {
    const line = async () => {
      while (done < end) {
        done += 1;
        const number = done;
        const status = await attackOf(number).catch(() => {
          hung += 1;
          return undefined;
        });
        const kind = status === undefined ? 'closed' : `${Math.floor(status / 100)}xx`;
        answers.set(kind, (answers.get(kind) ?? 0) + 1);
        if (number % 1_000 === 0) progress(`${number} of ${count}: ${JSON.stringify(Object.fromEntries(answers))}`);
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
  const failed = answers.get('5xx') ?? 0;
  const unhandled = /unhandled|uncaught/i.test(server.stderr() + server.stdout());

  about(
    `${count} requests, one in ${RAW} on a raw socket, one in ${COSTLY} as costly as the limits let it be, ${LINES} at once, seed ${SEED}, at a process with a heap of ${HEAP} MiB at most; answers: ${[...answers].map(([kind, times]) => `${times} ${kind}`).join(', ')}.`,
  );
  figure('answers of 5xx', failed, '0');
  figure('requests without an answer in 10 s', hung, '0');
  figure('growth of memory after the first tenth', `${growth.toFixed(0)} MiB`, 'at most 50 MiB');
  const grown = (name: 'heap' | 'external') => `${((last[name] - first[name]) / 2 ** 20).toFixed(0)} MiB`;
  figure('growth of live objects, and of what they hold outside the heap', `${grown('heap')} and ${grown('external')}`);
  figure('resident memory at its highest, garbage included', `${(last.highest / 2 ** 20).toFixed(0)} MiB`);
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
  expect({ failed, hung, unhandled, ended: server.hasEnded() }).toEqual({
    failed: 0,
    hung: 0,
    unhandled: false,
    ended: false,
  });
  // In the short form code is still being compiled.
  if (isShort) return;
  expect(growth).toBeLessThanOrEqual(50);
  expect(last.work).toBeLessThanOrEqual(50);
});
