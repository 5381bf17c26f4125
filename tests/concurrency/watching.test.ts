/** What /metrics reads of the database, every few seconds in every process, costs the same however much is kept there. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { migrateOutbox } from '../../src/delivery/outbox.js';
import { readQueues } from '../../src/delivery/queue-state.js';
import { CANCEL_QUEUE, DELIVERY_QUEUE, NOTICE_QUEUE } from '../../src/delivery/queues.js';
import { type Connection, run } from '../../src/entities/database.js';
import { openStorage } from '../../src/entities/storage.js';
import { LOOKED_AT, readBacklog } from '../../src/events/backlog.js';
import { type Cost, connectLikeGateway, explain } from '../scale/explain.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { createTestWorkspace } from '../support/workspace.js';
import { fakeConnection, type Statement } from '../unit/fake-connection.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const { url, drop } = await createDatabase(sharedPostgres(), 'watching');
resources.defer(drop);
const storage = resources.use(await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true }));
const client = await connectLikeGateway(url);
resources.defer(() => client.end());
const { pool } = storage.database;
await migrateOutbox(storage);

async function costOf(read: (pool: Connection) => Promise<unknown>): Promise<Cost> {
  const { pool: asked, statements } = fakeConnection(() => [{}]);
  await read(asked);
  return explain(client, statements[0] as Statement);
}

test('the queues are read by the index of what waits, past the jobs that have ended', async () => {
  await run(
    pool,
    `insert into pgboss.job (name, state, completed_on)
     select $1, 'completed', now() from generate_series(1, 20000)`,
    [DELIVERY_QUEUE],
  );
  await run(
    pool,
    `insert into pgboss.job (name, state, start_after) values
       ($1, 'created', now() - interval '90 s'), ($1, 'retry', now() + interval '1 h'), ($1, 'active', now() - interval '1 h')`,
    [DELIVERY_QUEUE],
  );
  await run(pool, 'vacuum analyze pgboss.job_common');
  const { indexes, pages } = await costOf(readQueues);
  expect(indexes).toEqual(['job_common_i11']);
  expect(pages).toBeLessThan(50);
  const queues = await readQueues(pool);
  expect(new Map(queues.map(({ queue, waiting }) => [queue, waiting]))).toEqual(
    new Map([
      [DELIVERY_QUEUE, 2],
      [NOTICE_QUEUE, 0],
      [CANCEL_QUEUE, 0],
    ]),
  );
  const oldest = queues.find(({ queue }) => queue === DELIVERY_QUEUE)?.oldestSeconds as number;
  expect(oldest).toBeGreaterThanOrEqual(90);
  expect(oldest).toBeLessThan(600);
});

describe('an endpoint with more than is looked at', () => {
  const MINUTES = 2.5 * LOOKED_AT;
  const MINUTE = 60;

  beforeEach(async () => {
    await run(pool, 'truncate webhook_endpoint, event, event_delivery');
    const { id } = await createTestWorkspace(pool, '');
    await run(
      pool,
      `insert into webhook_endpoint (workspace_id, mode, id, url, key_id, sealed)
       values ($1, 'LIVE', gen_random_uuid(), 'https://example.com/', 'aaaaaaaa', '')`,
      [id],
    );
    await run(
      pool,
      `insert into event (workspace_id, mode, id, type, object_type, object_id, data, created_at)
       select $1, 'LIVE', gen_random_uuid(), 'verification.sent', 'Verification', gen_random_uuid(), '{}',
              now() - n * interval '1 minute' from generate_series(1, $2::int) n`,
      [id, MINUTES],
    );
    // Without it the foreign key is checked by a plan that was made for an empty table.
    await run(pool, 'analyze event');
    await run(
      pool,
      `insert into event_delivery (workspace_id, mode, endpoint_id, event_id, object_id, next_attempt_at, give_up_at)
       select v.workspace_id, v.mode, e.id, v.id, v.object_id, v.created_at, v.created_at + interval '3 days'
       from event v cross join webhook_endpoint e`,
    );
  });

  /** The most rows that any part of a plan has gone through. */
  const mostRows = ({ plan }: Cost): number =>
    Math.max(...[...plan.matchAll(/actual time=\S+ rows=(\d+)/g)].map(([, rows]) => Number(rows)));

  test('costs a reading ten thousand rows from either end, by the index of what is due', async () => {
    const cost = await costOf(readBacklog);
    expect(mostRows(cost)).toBe(LOOKED_AT);
    expect(cost.indexes).toEqual(['event_delivery_due_index']);
    const { waiting, endpoints, oldestSeconds, oldestEventSeconds } = await readBacklog(pool);
    expect(waiting).toBe(LOOKED_AT);
    expect(endpoints).toEqual({ ANSWERING: 1, FAILING: 0, DISABLED: 0, GONE: 0 });
    for (const age of [oldestSeconds, oldestEventSeconds.ANSWERING]) {
      expect(age).toBeGreaterThanOrEqual(MINUTES * MINUTE);
      expect(age).toBeLessThan(MINUTES * MINUTE + 10 * MINUTE);
    }
  });

  test('is failing by one event that is put off behind all of them, and as late as that one', async () => {
    const days = 30;
    await run(
      pool,
      `update event_delivery set last_failure = 'no answer', next_attempt_at = now() + interval '1 hour',
         give_up_at = now() + interval '3 days' - $1 * interval '1 day'
       where event_id = (select event_id from event_delivery order by next_attempt_at desc limit 1)`,
      [days],
    );
    const { endpoints, oldestEventSeconds } = await readBacklog(pool);
    expect(endpoints).toEqual({ ANSWERING: 0, FAILING: 1, DISABLED: 0, GONE: 0 });
    expect(oldestEventSeconds.FAILING).toBeGreaterThanOrEqual(days * 24 * 60 * MINUTE);
    expect(oldestEventSeconds.ANSWERING).toBe(0);
  });

  test('costs nothing while it is disabled', async () => {
    await run(pool, `update webhook_endpoint set status = 'DISABLED', disabled_reason = 'GONE'`);
    const cost = await costOf(readBacklog);
    expect(cost.pages).toBeLessThan(20);
    const { waiting, endpoints } = await readBacklog(pool);
    expect(waiting).toBe(0);
    expect(endpoints).toEqual({ ANSWERING: 0, FAILING: 0, DISABLED: 0, GONE: 1 });
  });
});
