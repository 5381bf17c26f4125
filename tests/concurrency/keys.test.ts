/** Keys changed by many at once, in several processes on one PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CreatedView, createKeyClient } from '../support/api-keys.js';
import { createCaller } from '../support/caller.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { type Running, runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

let fleet: Fleet;
let processes: Running[];
beforeAll(async () => {
  fleet = await createFleet(sharedPostgres());
  processes = await Promise.all([1, 2].map(() => fleet.start(['serve', '--no-work'])));
});
afterAll(() => fleet[Symbol.asyncDispose]());

const MANY = 100;
const times = <T>(call: () => Promise<T>) => Promise.all(Array.from({ length: MANY }, call));
const events = async (id: string, action: string) =>
  (
    await fleet.sql<{ n: number }>('select count(*)::int as n from audit_event where object_id = $1 and action = $2', [
      id.slice('ApiKey:'.length),
      action,
    ])
  )[0]?.n;

test('of a hundred rotations of one key at once, one makes a key', async () => {
  const workspace = await fleet.workspace(processes);
  const keys = createKeyClient(workspace.test);
  const { key } = dataOf(await keys.create()).result;
  const before = dataOf(await keys.list()).result.nodes.length;
  const answers = await times(() => keys.rotate(key.id));
  const made = answers.filter(({ body }) => body.data?.result);
  expect(made).toHaveLength(1);
  for (const answer of answers.filter((each) => !made.includes(each))) expect(errorOf(answer).code).toBe('CONFLICT');
  expect(dataOf(await keys.list()).result.nodes).toHaveLength(before + 1);
  expect(await events(key.id, 'api_key.rotated')).toBe(1);
});

test('of several operators who rotate one key at once, one gets a key', async () => {
  const workspace = await fleet.workspace(processes);
  const keys = createKeyClient(workspace.live);
  const { key } = dataOf(await keys.create({ mode: 'LIVE' })).result;
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, () => runGateway(['keys', 'rotate', key.id], fleet.env)),
  );
  const [made, ...others] = outcomes.sort((left, right) => Number(left.code) - Number(right.code));
  expect(made).toMatchObject({ code: 0, stderr: '' });
  for (const { code, stderr } of others)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('it was rotated before') });
  expect(await events(key.id, 'api_key.rotated')).toBe(1);
});

test('of a hundred revocations of one key at once, all succeed, and the log tells of one', async () => {
  const workspace = await fleet.workspace(processes);
  const keys = createKeyClient(workspace.test);
  const { key } = dataOf(await keys.create()).result;
  const answers = await times(() => keys.revoke(key.id));
  expect(new Set(answers.map((answer) => dataOf(answer).result.revokedAt)).size).toBe(1);
  expect(await events(key.id, 'api_key.revoked')).toBe(1);
});

test('of two keys that rotate each other at once one does, and neither waits for the other for good', async () => {
  const workspace = await fleet.workspace(processes);
  const owner = createKeyClient(workspace.test);
  const pairs = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const [one, two] = await Promise.all([owner.create(), owner.create()]);
      return [dataOf(one).result, dataOf(two).result] as [CreatedView, CreatedView];
    }),
  );
  const clientOf = ({ secret }: CreatedView) =>
    createKeyClient(
      createCaller(
        processes.map(({ url }) => url),
        secret,
      ),
    );
  const answers = await Promise.all(
    pairs.flatMap(([one, two]) => [clientOf(one).rotate(two.key.id), clientOf(two).rotate(one.key.id)]),
  );
  // The one that was rotated expires after its overlap, and so cannot renew a key that does not.
  const outcomes = answers.map((answer) => (answer.body.data?.result ? 'ROTATED' : errorOf(answer).code));
  for (let pair = 0; pair < pairs.length; pair += 1) {
    expect(outcomes.slice(2 * pair, 2 * pair + 2).sort()).toEqual(['FORBIDDEN', 'ROTATED']);
  }
});

test('a key revoked in one process, while another has it cached, is refused there within five seconds', async () => {
  const workspace = await fleet.workspace(processes);
  const [one, two] = processes as [Running, Running];
  const { id, secret } = await workspace.key();
  const statusAt = async ({ url }: Running) =>
    (await postGraphql(url, '{ viewer { mode } }', {}, { key: secret })).status;
  expect(await Promise.all([statusAt(one), statusAt(two)])).toEqual([200, 200]);
  const owner = createKeyClient(createCaller(one.url, workspace.test.key));
  dataOf(await owner.revoke(`ApiKey:${id}`));
  expect(await statusAt(one)).toBe(401);
  const since = performance.now();
  await waitFor('the other process refuses it', async () => (await statusAt(two)) === 401, 10_000);
  expect(performance.now() - since).toBeLessThan(5_500);
});

test('a key that is used in every process is written by one of them, and not again within the minute', async () => {
  const workspace = await fleet.workspace(processes);
  const { id, secret } = await workspace.key();
  const row = async () =>
    (
      await fleet.sql<{ at: Date | null; version: string }>(
        'select last_used_at as at, xmin::text as version from api_key where id = $1',
        [id],
      )
    )[0];
  const use = () =>
    Promise.all(processes.map(({ url }) => postGraphql(url, '{ viewer { mode } }', {}, { key: secret })));
  await use();
  const first = await waitFor('its use is written', async () => ((await row())?.at ? row() : undefined));
  // A second key, used after it in every process: once that one is written, whatever waited before it was, too.
  const later = await Promise.all(processes.map(async (process) => ({ process, ...(await workspace.key()) })));
  await use();
  for (const { process, secret: other } of later)
    await postGraphql(process.url, '{ viewer { mode } }', {}, { key: other });
  for (const { id: other } of later) {
    await waitFor('a later use is written', async () => {
      const [found] = await fleet.sql<{ at: Date | null }>('select last_used_at as at from api_key where id = $1', [
        other,
      ]);
      return found?.at ? true : undefined;
    });
  }
  expect(await row()).toEqual(first);
});
