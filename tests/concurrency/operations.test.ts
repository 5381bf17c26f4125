/** Operations published and run by several processes on PostgreSQL. */
import { afterAll, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { idOf, post, publish } from '../support/operations.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const fleet = await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '1000' });
afterAll(() => fleet[Symbol.asyncDispose]());
const bodies = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `query ${name}${at} { viewer { kind } }`);

test('what one process published, another that was asked for it before runs within seconds', async () => {
  const [one, other] = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);
  const { test: caller } = await fleet.workspace([one]);
  const [body = ''] = bodies('Late', 1);
  const ask = () => post(other.url, { documentId: idOf(body) }, { key: caller.key });
  expect(errorOf(await ask())).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  dataOf(await publish(createCaller(one.url, caller.key), body));
  await waitFor('the other process runs it', async () => (await ask()).body.data, 5_000);
});

test('processes that publish the same operations at once, in different orders, publish each once and never deadlock', async () => {
  const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);
  const { id, test: caller } = await fleet.workspace(processes);
  const all = bodies('Same', 200);
  const orders = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? all : all.toReversed()));
  const answers = await Promise.all(orders.map((order) => publish(caller, ...order)));
  const outcomes = answers.map((answer) => dataOf(answer).publishOperations);
  expect(outcomes.reduce((sum, { published }) => sum + published, 0)).toBe(200);
  expect(outcomes.every(({ published, alreadyPublished }) => published + alreadyPublished === 200)).toBe(true);
  const [row] = await fleet.sql<{ n: number }>('select count(*)::int as n from operation where workspace_id = $1', [
    id,
  ]);
  expect(row).toEqual({ n: 200 });
});

test('runs that several processes counted add up, though all write them at once', async () => {
  const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve']), fleet.start(['serve'])]);
  const { id, test: caller } = await fleet.workspace(processes);
  const all = bodies('Counted', 50);
  dataOf(await publish(caller, ...all));
  for (const { url } of processes) {
    const order = url === processes[0]?.url ? all.toReversed() : all;
    await Promise.all(order.map((body) => post(url, { documentId: idOf(body) }, { key: caller.key })));
  }
  const ended = await Promise.all(processes.map((each) => each.end('SIGTERM')));
  for (const { code, stderr } of ended) {
    expect(code).toBe(0);
    expect(stderr).not.toContain('counting operations failed');
  }
  const rows = await fleet.sql<{ runs: number }>('select runs::int as runs from operation where workspace_id = $1', [
    id,
  ]);
  expect(rows.map(({ runs }) => runs)).toEqual(all.map(() => 3));
});
