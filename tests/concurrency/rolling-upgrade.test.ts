/** This version beside a database that a later one has expanded: what an upgrade looks like to whoever is still there. */
import { afterAll, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import { runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());

/** What a later version may do to a table that this one uses: add, with a default, and never take away. */
const EXPANSION = [
  `alter table verification add column risk smallint not null default 0`,
  `alter table verification_step add column cost numeric(10, 4) null`,
  `alter table customer add column segment text not null default 'NONE'`,
  `create table risk_signal (workspace_id uuid not null, mode text not null, id uuid not null,
     verification_id uuid not null, primary key (workspace_id, mode, id))`,
  `create index verification_risk_index on verification (workspace_id, mode, risk, id) where risk > 0`,
  `insert into gateway_migration (name, executed_at) values ('29990101000000-risk', now())`,
];

test('a database that is ahead is ready, migrated, and served by this version while it is expanded under load', async () => {
  const [one, other] = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);
  const { test: caller } = await fleet.workspace([one, other]);
  let isExpanded = false;
  const rounds = { before: 0, after: 0 };
  const mainJob = async (round: number) => {
    const { id: customerId } = await caller.createCustomer();
    const sent = await caller.sendEmail(customerId, { email: `person${round}@example.com` });
    const input = { verificationId: sent.id, code: '123456' };
    expect(await caller.call('confirm', { input })).toMatchObject({ __typename: 'VerificationConfirmed' });
    rounds[isExpanded ? 'after' : 'before'] += 1;
  };
  let next = 0;
  const line = async () => {
    while (rounds.before < 10 || !isExpanded || rounds.after < 30) {
      next += 1;
      await mainJob(next);
    }
  };
  const load = Promise.all([line(), line(), line()]);
  const expansion = waitFor('the load is under way', () => rounds.before >= 10).then(async () => {
    for (const statement of EXPANSION) await fleet.sql(statement);
    isExpanded = true;
  });
  await Promise.all([load, expansion]);
  for (const { url } of [one, other]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await waitFor('every job is done', async () => {
    const rows = await fleet.sql(`select 1 from pgboss.job where state <> 'completed'`);
    return rows.length === 0;
  });
});

test('this version starts on it, with migrations on and off, and has nothing to do', async () => {
  const { code, stdout } = await runGateway(['migrate', '--check', '--json'], fleet.env);
  expect({ code, report: JSON.parse(stdout) }).toEqual({ code: 0, report: { migrations: [], upToDate: true } });
  const ran = await runGateway(['migrate', '--json'], fleet.env);
  expect({ code: ran.code, report: JSON.parse(ran.stdout) }).toEqual({
    code: 0,
    report: { migrations: [], upToDate: true },
  });
  for (const GATEWAY_MIGRATE of ['auto', 'off']) {
    const gateway = await fleet.start(['serve'], { GATEWAY_MIGRATE });
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  }
});

test('one that is behind is not ready, and does not start without migrating', async () => {
  const gateway = await fleet.start(['serve']);
  await fleet.sql(`delete from gateway_migration where name = '20261121095000-retention'`);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect(await runGateway(['migrate', '--check'], fleet.env)).toMatchObject({ code: 1 });
  const refused = await runGateway(['serve'], { ...fleet.env, PORT: '0', GATEWAY_MIGRATE: 'off' });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('not up to date') });
});
