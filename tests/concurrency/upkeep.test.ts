/** A worker keeps the tables small by itself: which kinds of rows go, and that those which are still of use stay. */
import { afterAll, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import { createFleet } from '../support/fleet.js';
import { startReceivers } from '../support/receivers.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';
import type { TestWorkspace } from '../support/workspace.js';

const receivers = await startReceivers();
const fleet = await createFleet(sharedPostgres());
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await receivers[Symbol.asyncDispose]();
});

/** What has ended and is to go, of each kind; `old` names rows whose ids say that they are forty days old. */
const ENDED = {
  // Those of what is used meanwhile end within the minute, and would wait for a later round.
  'limit counters': `rate_limit_window where expires_at < now() - interval '1 hour'`,
  'idempotency keys': 'idempotency_key where expires_at < now()',
  'lent tokens': 'upstream_grant where expires_at < now()',
  'requests for connect codes': 'connect_attempt where expires_at < now()',
  sessions: `session where refreshable_until < now() - interval '1 day'`,
  verifications: 'verification where id = any($1::uuid[])',
  events: 'event where id = any($1::uuid[])',
  jobs: `pgboss.job where state = 'completed' and completed_on < now() - interval '1 hour'`,
} as const;
const TABLES = Object.values(ENDED).map((text) => text.split(' ')[0] as string);

/** Leaves a row of each kind, as clients do. */
async function use(workspace: TestWorkspace, url: string): Promise<void> {
  const browser = await createBrowser(url, workspace);
  const person = newPerson();
  const { id } = await workspace.test.createCustomer(person);
  const sent = await workspace.test.sendEmail(id, { idempotencyKey: person.email });
  await browser.connect(person.email);
  await fleet.sql(
    `insert into upstream_grant (workspace_id, mode, verification_id, key_id, sealed, expires_at)
     values ($1, 'TEST', $2, 'aaaaaaaa', '\\x00', now() + interval '1 hour')`,
    [workspace.id, sent.id.split(':')[1] as string],
  );
}

/** Makes what is there as old as it would be after forty days: ids tell the time too. */
async function age(): Promise<string[]> {
  await fleet.sql(`update rate_limit_window set expires_at = now() - interval '2 hours'`);
  for (const table of ['idempotency_key', 'upstream_grant', 'connect_attempt'])
    await fleet.sql(`update ${table} set expires_at = now() - interval '1 minute'`);
  await fleet.sql(`update session set refreshable_until = now() - interval '2 days'`);
  await fleet.sql(`update pgboss.job_common set completed_on = now() - interval '2 hours' where state = 'completed'`);
  const aged = async (table: string, change: string) => {
    const rows = await fleet.sql<{ id: string }>(
      `insert into ${table} select (jsonb_populate_record(r, jsonb_build_object(
         'id', lpad(to_hex((extract(epoch from now() - interval '40 days') * 1000)::int8), 12, '0') || right(r.id::text, 23),
         ${change}))).* from ${table} r limit 1 returning id`,
    );
    return rows.map(({ id }) => id);
  };
  return [
    ...(await aged('verification', `'expires_at', r.expires_at - interval '40 days'`)),
    ...(await aged('event', `'once', null`)),
  ];
}

test('retention: a worker removes what has ended of every kind within two minutes, and nothing else', async () => {
  const serving = await fleet.start(['serve', '--no-work']);
  const workspace = await fleet.workspace([serving]);
  await webhooksOf(workspace.test).create({ url: receivers.url('all') });
  await using _worker = await fleet.start(['work']);
  await use(workspace, serving.url);
  const jobs = () => fleet.sql(`select 1 from pgboss.job where state <> 'completed'`);
  await waitFor('its jobs are done', async () => (await jobs()).length === 0);
  // The first round removes whatever is there; what ends later waits for the next.
  const rounds = () => fleet.sql('select 1 from pgboss.queue where maintain_on is null');
  await waitFor('the queue has had its first round', async () => (await rounds()).length === 0);
  const old = await age();
  const left = async () => {
    const counts = Object.entries(ENDED).map(async ([kind, where]) => {
      const rows = await fleet.sql(`select 1 from ${where}`, where.includes('$1') ? [old] : []);
      return [kind, rows.length] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  };
  expect(Object.values(await left()).every((count) => count > 0)).toBe(true);
  await use(workspace, serving.url);
  await waitFor(
    'all that has ended is gone',
    async () => Object.values(await left()).every((count) => count === 0),
    110_000,
  ).catch(async () => expect(await left()).toEqual(Object.fromEntries(Object.keys(ENDED).map((kind) => [kind, 0]))));
  for (const table of TABLES.filter((name) => !name.startsWith('pgboss')))
    expect(await fleet.sql(`select 1 from ${table}`), table).not.toEqual([]);
}, 180_000);
