/** Behind a PgBouncer in transaction mode that knows no statements by name, with fewer connections than callers. */
import { afterAll, expect, test } from 'vitest';
import { DOCUMENTS } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const POOL_SIZE = 3;
const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const pooler = resources.use(await startPgBouncer(sharedPostgres(), POOL_SIZE));
const fleet = resources.use(await createFleet(sharedPostgres(), { GATEWAY_LIMIT_SCALE: '0.25' }));
const pooled = { DATABASE_URL: pooler.through(fleet.env['DATABASE_URL'] as string), DATABASE_PREPARED: 'off' };
// A server whose own settings differ from the gateway's: none of them may matter.
await fleet.sql(`alter database ${new URL(pooled.DATABASE_URL).pathname.slice(1)} set timezone = 'Asia/Tokyo'`);

test('two processes send, deliver, confirm and keep a limit of 5 exactly, over three connections', async () => {
  const processes = await Promise.all([fleet.start(['serve'], pooled), fleet.start(['serve'], pooled)]);
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

  for (const each of processes) {
    const { code, stderr } = await each.end();
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/prepared statement|unsupported startup parameter/);
  }
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
  expect(stderr).toContain('unsupported startup parameter: options');
  expect(Number(pooler.version.split('.')[1])).toBeGreaterThanOrEqual(18);
});
