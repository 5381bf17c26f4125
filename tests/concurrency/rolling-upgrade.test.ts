/** A database that a later version has migrated, and one that an earlier one left: who is ready on it. */
import { afterAll, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import { runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());

test('this version is ready on a database that is ahead, with migrations on and off, and has nothing to do', async () => {
  await fleet.sql(`insert into gateway_migration (name, executed_at) values ('29990101000000-later', now())`);
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
