/** Behind a PgBouncer in transaction mode with fewer connections than callers: without names, and with them where it can. */
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { DOCUMENTS } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { type Running, runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const POOL_SIZE = 3;
const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const pooler = resources.use(await startPgBouncer(sharedPostgres(), POOL_SIZE));
const fleet = resources.use(await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '0.25' }));
const direct = fleet.env['DATABASE_URL'] as string;
const database = new URL(direct).pathname.slice(1);
const pooled = { DATABASE_URL: pooler.through(direct), DATABASE_PREPARED: 'off' };
// A server whose own settings differ from the gateway's: none of them may matter.
await fleet.sql(`alter database ${database} set timezone = 'Asia/Tokyo'`);

/** Sends, a limit of 5, a delivery and 50 guesses at once, by way of these processes. */
async function exercise(processes: readonly Running[]): Promise<void> {
  const { test: caller } = await fleet.workspace(processes);
  const { id: customerId } = await caller.createCustomer({ email: 'first@example.com' });
  const codes = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const { body } = await caller.query(DOCUMENTS.sendEmail, { input: { customerId, email: 'ada@example.com' } });
      return body.errors?.[0]?.extensions.code ?? 'PASSED';
    }),
  );
  expect(codes.filter((code) => code === 'PASSED')).toHaveLength(5);
  expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(295);

  const sent = await caller.sendEmail(customerId, { email: 'first@example.com' });
  await waitFor('the message is delivered', async () => {
    const rows = await fleet.sql<{ status: string }>(
      'select status from verification_step where verification_id = $1',
      [sent.id.split(':')[1] as string],
    );
    return rows[0]?.status === 'DELIVERED';
  });
  const guesses = await Promise.all(
    Array.from({ length: 50 }, () => caller.call('confirm', { input: { verificationId: sent.id, code: '123456' } })),
  );
  expect(guesses.filter(({ __typename }) => __typename === 'VerificationConfirmed')).toHaveLength(1);
  const confirmed = guesses.find(({ verification }) => verification)?.verification;
  const age = Date.parse(confirmed?.verifiedAt ?? '') - Date.parse(sent.createdAt);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(600_000);
}

async function endWell(processes: readonly Running[]): Promise<void> {
  for (const each of processes) {
    const { code, stderr } = await each.end();
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/prepared statement|unsupported startup parameter/);
  }
}

test('two processes send, deliver, confirm and keep a limit of 5 exactly, over three connections', async () => {
  const processes = await Promise.all([fleet.start(['serve'], pooled), fleet.start(['serve'], pooled)]);
  await exercise(processes);
  await endWell(processes);
});

test('the command line works through it too, and without the setting it says that it cannot', async () => {
  expect(await runGateway(['migrate'], { ...fleet.env, ...pooled })).toMatchObject({ code: 0 });
  expect(await runGateway(['migrate', '--check'], { ...fleet.env, ...pooled })).toMatchObject({ code: 0 });
  const { code, stderr } = await runGateway(['migrate', '--check'], {
    ...fleet.env,
    ...pooled,
    DATABASE_PREPARED: 'on',
  });
  expect(code).toBe(1);
  // Until 1.19 it takes no options at all; since then it looks into them.
  expect(stderr).toMatch(/unsupported startup parameter(: options| in options: plan_cache_mode)/);
});

test.runIf(pooler.knowsNames)(
  'one that follows names serves statements by name, planned as on a connection of its own',
  async () => {
    await using naming = await startPgBouncer(sharedPostgres(), POOL_SIZE, [
      'ignore_startup_parameters = options',
      'max_prepared_statements = 500',
    ]);
    const url = naming.through(direct);
    // What the options would have said: the pooler keeps them from the server.
    await fleet.sql(`alter database ${database} set plan_cache_mode = force_generic_plan`);
    await fleet.sql(`alter database ${database} set enable_seqscan = off`);
    await fleet.sql(`alter database ${database} set statement_timeout = '1min'`);
    const processes = await Promise.all([
      fleet.start(['serve', '--no-work'], { DATABASE_URL: url }),
      fleet.start(['serve', '--no-work'], { DATABASE_URL: url }),
      fleet.start(['work']),
    ]);
    await exercise(processes.slice(0, 2));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows: plans } = await client.query(
      "select current_setting('plan_cache_mode') || ',' || current_setting('enable_seqscan') || ',' || current_setting('statement_timeout') as is",
    );
    const { rows: named } = await client.query(
      "select statement from pg_prepared_statements where name like 'PGBOUNCER%'",
    );
    await client.end();
    expect(plans).toEqual([{ is: 'force_generic_plan,off,1min' }]);
    expect(named.length).toBeGreaterThan(3);
    expect(await runGateway(['migrate', '--check'], { ...fleet.env, DATABASE_URL: url })).toMatchObject({ code: 0 });
    await endWell(processes);
  },
);
