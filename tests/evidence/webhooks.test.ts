/** What one worker tells endpoints in a second, and whether those that answer wait for those that do not. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { eventsOf } from '../../src/entities/event-log.js';
import { evidence } from '../support/evidence.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { inTurns } from '../support/in-turns.js';
import { startPostgres } from '../support/postgres.js';
import type { Running } from '../support/processes.js';
import { type Receivers, startReceivers } from '../support/receivers.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

/** Deliveries a second while delays are measured. */
const PACE = 40;
/** Milliseconds that an event may take to an endpoint that answers, whatever the others do. */
const GOAL_MS = 2_000;
/** Events that wait for each endpoint that hangs: enough to take all that a worker has. */
const HEAP = 100;

// As the statements of the gateway write them, each of an object of its own.
const WRITE = `with ${eventsOf({
  type: `'verification.sent'`,
  objectType: 'Verification',
  objectId: 'gen_random_uuid()',
  data: `jsonb_build_object('place', n)`,
  from: 'generate_series(1, $3::int) n',
})} select id from event_written`;

/** A workspace, and the names of its receivers: one endpoint each. */
interface World {
  readonly workspaceId: string;
  readonly names: readonly string[];
}

interface Site {
  readonly fleet: Fleet;
  readonly serving: Running;
  readonly receivers: Receivers;
}

const write = async ({ fleet }: Site, { workspaceId }: World, events: number) =>
  (await fleet.sql<{ id: string }>(WRITE, [workspaceId, 'TEST', events])).map(({ id }) => id);

async function makeWorlds({ fleet, serving, receivers }: Site, workspaces: number, endpoints: number) {
  // Nobody listens to what was there before.
  await fleet.sql('delete from webhook_endpoint');
  await fleet.sql('delete from event');
  const make = async (): Promise<World> => {
    const { id: workspaceId, test } = await fleet.workspace([serving]);
    const names = Array.from({ length: endpoints }, (_, index) => `${workspaceId}-${index}`);
    for (const name of names) await webhooksOf(test).create({ url: receivers.url(name) });
    return { workspaceId, names };
  };
  return inTurns(
    4,
    Array.from({ length: workspaces }, () => make),
  );
}

/** Deliveries a second, of what has piled up. */
async function throughput(site: Site, worlds: readonly World[], deliveries: number): Promise<number> {
  const { fleet, receivers } = site;
  const endpoints = worlds.reduce((sum, { names }) => sum + names.length, 0);
  const each = Math.ceil(deliveries / endpoints);
  const before = receivers.count();
  for (const world of worlds) await write(site, world, each);
  // As PostgreSQL does by itself within a minute.
  await fleet.sql('analyze event');
  await using _worker = await fleet.start(['work']);
  await waitFor('the first is told', () => receivers.count() > before);
  const [begun, first] = [performance.now(), receivers.count()];
  await waitFor('all are told', () => receivers.count() >= before + each * endpoints, 600_000);
  return (before + each * endpoints - first) / ((performance.now() - begun) / 1000);
}

/** Milliseconds from the commit of an event to its arrival, at endpoints that answer. */
async function delays(site: Site, worlds: readonly World[], seconds: number, hanging: readonly World[] = []) {
  const { fleet, receivers } = site;
  receivers.hang(hanging.flatMap(({ names }) => names));
  for (const world of hanging) await write(site, world, HEAP);
  const answering = worlds.filter((world) => !hanging.includes(world));
  const everyMs = ((answering[0]?.names.length ?? 1) * 1000) / PACE;
  await using _worker = await fleet.start(['work']);
  const written: { name: string; id: string; at: number }[] = [];
  const begun = performance.now();
  for (let turn = 0; performance.now() - begun < seconds * 1000; turn += 1) {
    const world = answering[turn % answering.length] as World;
    const [id = ''] = await write(site, world, 1);
    const at = performance.now();
    for (const name of world.names) written.push({ name, id, at });
    await pause(Math.max(0, begun + (turn + 1) * everyMs - performance.now()));
  }
  const isTold = () => written.every(({ name, id }) => receivers.arrival(name, id) !== undefined);
  await waitFor('all are told', isTold, 120_000);
  receivers.hang([]);
  const times = written.map(({ name, id, at }) => Math.max(0, (receivers.arrival(name, id) as number) - at));
  const quantile = (share: number) =>
    Math.round(times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0);
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
}

evidence('webhooks', 'Webhooks of one worker', async ({ size, progress, about, figure, isShort }) => {
  const [deliveries, seconds, workspaces] = [size(10_000, 40), size(60, 0.5), size(50, 12)];
  await using receivers = await startReceivers();
  await using resources = new AsyncDisposableStack();
  const postgres = await startPostgres();
  resources.defer(() => postgres.stop());
  const fleet = resources.use(await createFleet(postgres.url, { GATEWAY_LIMIT_SCALE: '1000000' }));
  const site = { fleet, receivers, serving: await fleet.start(['serve', '--no-work']) };

  const shapes = [
    ['1 workspace with 1 endpoint', 1, 1],
    ['1 workspace with 20 endpoints', 1, 20],
    [`${workspaces} workspaces with 1 endpoint`, workspaces, 1],
  ] as const;
  for (const [name, count, endpoints] of isShort ? shapes.slice(0, 1) : shapes) {
    progress(name);
    const worlds = await makeWorlds(site, count, endpoints);
    const perSecond = await throughput(site, worlds, deliveries);
    const { p50, p99 } = await delays(site, worlds, seconds);
    figure(`${name}: deliveries a second`, Math.round(perSecond));
    figure(`${name}: p50, p99 from commit to arrival`, `${p50}, ${p99} ms`);
  }
  const worst: number[] = [];
  for (const count of isShort ? [11] : [1, 15, 40]) {
    progress(`${count} of ${workspaces} hang`);
    const worlds = await makeWorlds(site, workspaces, 1);
    const { p50, p99, max } = await delays(site, worlds, seconds, worlds.slice(0, count));
    const name = `${count} of ${workspaces} endpoints hang: p50, p99, longest at the others`;
    figure(name, `${p50}, ${p99}, ${max} ms`, `p99 at most ${GOAL_MS} ms`);
    worst.push(p99);
  }
  about(
    `${deliveries} deliveries that had piled up, for each shape; then ${seconds} s at ${PACE} deliveries a second, each event of an object of its own. Endpoints that hang take what comes and never answer, and ${HEAP} events wait for each. PostgreSQL, with \`fsync\`, and the receivers run on the same machine.`,
  );
  // A time-out is ten seconds: whoever waits for one is far above this, on a busy machine too.
  expect(Math.max(...worst)).toBeLessThan(isShort ? 8_000 : GOAL_MS);
});
