/** The database goes away and comes back; the gateway says so, and goes on. */
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import { errorOf } from '../support/graphql-client.js';
import { startPostgres } from '../support/postgres.js';
import { waitFor } from '../support/wait-for.js';

const server = await startPostgres();
afterAll(() => server.stop());
const { crash, restart } = server;
/** Connections that a process has at most. */
const POOL = 20;

test.skipIf(!crash)(
  'a database that crashed is SERVICE_UNAVAILABLE, loses nothing, and is used again when it is back',
  async () => {
    await using fleet = await createFleet(server.url);
    const gateway = await fleet.start(['serve']);
    const { test: caller } = await fleet.workspace([gateway]);
    const { id: customerId } = await caller.createCustomer({ email: 'ada@example.com' });
    const { id: verificationId } = await caller.sendEmail(customerId);

    await crash?.();
    const answer = await caller.query('{ viewer { mode } }');
    expect(errorOf(answer)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(JSON.stringify(answer.body)).not.toMatch(/ECONN|127\.0\.0\.1|terminat/i);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);

    await restart?.();
    await waitFor('the gateway is ready again', async () => (await fetch(`${gateway.url}/readyz`)).ok);
    const confirmed = await caller.call('confirm', { input: { verificationId, code: '123456' } });
    expect(confirmed).toMatchObject({ __typename: 'VerificationConfirmed' });
    const { id } = await caller.sendEmail(customerId, { email: 'second@example.com' });
    await waitFor(
      'the worker works again',
      async () => {
        const rows = await fleet.sql<{ status: string }>(
          'select status from verification_step where verification_id = $1',
          [id.split(':')[1] as string],
        );
        return rows[0]?.status === 'DELIVERED';
      },
      60_000,
    );
  },
);

test('a connection that dies in the middle of a transaction gives its place back, and a probe waits for none', async () => {
  await using fleet = await createFleet(server.url);
  const gateway = await fleet.start(['serve']);
  const { test: caller } = await fleet.workspace([gateway]);
  const ready = async () => (await fetch(`${gateway.url}/readyz`)).ok;
  const waiting = `from pg_stat_activity
    where datname = current_database() and application_name = 'identity-gateway' and wait_event_type = 'Lock'`;
  const locker = new pg.Client(fleet.env['DATABASE_URL']);
  await locker.connect();
  try {
    await locker.query('begin; lock table customer in access exclusive mode');
    const creates = Array.from({ length: POOL + 5 }, () => caller.createCustomer({}).catch(() => 'refused'));
    await waitFor('every connection waits', async () => {
      const [row] = await fleet.sql<{ count: number }>(`select count(*)::int as count ${waiting}`);
      return row?.count === POOL;
    });
    expect(await ready()).toBe(false);
    await fleet.sql(`select pg_terminate_backend(pid) ${waiting}`);
    await locker.query('rollback');
    expect((await Promise.all(creates)).filter((made) => made === 'refused')).toHaveLength(POOL);
  } finally {
    await locker.end();
  }
  expect(await ready()).toBe(true);
});
