/** What is left of sessions and of requests for codes goes once nothing can ask about it. */
import { afterAll, expect, test } from 'vitest';
import { sweepConnectAttempts, sweepSessions } from '../../src/sessions/sweep.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const counts = async () => {
  const tables = ['session', 'refresh_token', 'connect_attempt'];
  const columns = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
  return (await gateway.sql(`select ${columns.join(', ')}`))[0];
};

test('a session goes with its tokens a day after it could last be refreshed, an attempt when it has expired', async () => {
  const workspace = await gateway.workspace();
  const browser = await createBrowser(gateway.url, workspace);
  const sessions = [];
  for (let people = 0; people < 2; people += 1) {
    const person = newPerson();
    await workspace.test.createCustomer(person);
    sessions.push(await browser.refresh((await browser.connect(person.email)).refreshToken));
  }
  const { pool } = gateway.storage.database;
  await gateway.sql(`update session set refreshable_until = now() - interval '23 hours'`);
  expect([await sweepSessions(pool), await sweepConnectAttempts(pool)]).toEqual([0, 0]);
  expect(await counts()).toEqual({ session: 2, refresh_token: 4, connect_attempt: 2 });
  await gateway.sql(
    `update session set refreshable_until = now() - interval '25 hours' where id = (select min(id::text)::uuid from session)`,
  );
  await gateway.sql(`update connect_attempt set expires_at = now() - interval '1 second'`);
  expect([await sweepSessions(pool), await sweepConnectAttempts(pool)]).toEqual([1, 2]);
  expect(await counts()).toEqual({ session: 1, refresh_token: 2, connect_attempt: 0 });
});
