/** What upkeep removes of verifications, and what it leaves. */
import { afterAll, expect, test } from 'vitest';
import { sweepVerifications } from '../../src/verification/retention.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { startGateway } from '../support/harness.js';

const DAYS = 30;
const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const sweep = (limit?: number) => sweepVerifications(gateway.storage.database.pool, DAYS, limit);

const localOf = (id: string): string => id.split(':')[1] as string;

/** Makes a verification as old as if it had been sent then: its id tells the time too. */
async function age(id: string, interval: string): Promise<string> {
  const [row] = await gateway.sql<{ id: string }>(
    `insert into verification select (jsonb_populate_record(v, jsonb_build_object(
       'id', lpad(to_hex((extract(epoch from v.created_at - $2::interval) * 1000)::int8), 12, '0') || right(v.id::text, 23),
       'expires_at', v.expires_at - $2::interval))).* from verification v where id = $1 returning id`,
    [localOf(id), interval],
  );
  const aged = row?.id as string;
  for (const table of ['verification_step', 'verification_link', 'session'])
    await gateway.sql(`update ${table} set verification_id = $2 where verification_id = $1`, [localOf(id), aged]);
  await gateway.sql('delete from verification where id = $1', [localOf(id)]);
  return aged;
}

const left = async (...ids: string[]) => {
  const rows = await gateway.sql<{ id: string }>('select id from verification where id = any($1::uuid[])', [ids]);
  return rows.map(({ id }) => id).sort();
};

test('a verification goes with its steps and its link thirty days after its end, and not a day earlier', async () => {
  const { id: workspaceId, test: caller } = await gateway.workspace();
  const customer = await caller.createCustomer({ phone: '+33612345678', email: 'ada@example.com' });
  const pending = await caller.sendPhone(customer.id);
  const young = await age((await caller.sendPhone(customer.id)).id, '29 days');
  const old = await age((await caller.sendPhone(customer.id)).id, '31 days');
  await gateway.sql(`insert into verification_link values ($1, 'TEST', $2, 'https://app.example.com/', false)`, [
    workspaceId,
    old,
  ]);
  expect(await sweep()).toBe(1);
  expect(await left(localOf(pending.id), young, old)).toEqual([localOf(pending.id), young].sort());
  for (const table of ['verification_step', 'verification_link'])
    expect(await gateway.sql(`select 1 from ${table} where verification_id = $1`, [old])).toEqual([]);
  expect(await caller.call('confirm', { input: { verificationId: pending.id, code: '123456' } })).toMatchObject({
    __typename: 'VerificationConfirmed',
  });
});

test('a verification that a session names stays, and goes after its session', async () => {
  const workspace = await gateway.workspace();
  const browser = await createBrowser(gateway.url, workspace);
  const person = newPerson();
  await workspace.test.createCustomer(person);
  const { refreshToken } = await browser.connect(person.email);
  const [proof] = await gateway.sql<{ id: string }>(
    'select verification_id as id from session where workspace_id = $1',
    [workspace.id],
  );
  const old = await age(`Verification:${proof?.id}`, '40 days');
  expect(await sweep()).toBe(0);
  expect(await browser.refresh(refreshToken)).toMatchObject({ __typename: 'CustomerSession' });
  await gateway.sql('delete from session where workspace_id = $1', [workspace.id]);
  expect(await sweep()).toBe(1);
  expect(await left(old)).toEqual([]);
});

test('one sweep takes no more rows than its limit, over all workspaces, and the next goes on', async () => {
  const old = [];
  for (let workspaces = 0; workspaces < 2; workspaces += 1) {
    const { test: caller } = await gateway.workspace();
    const customer = await caller.createCustomer({ phone: '+33612345678' });
    for (let sends = 0; sends < 2; sends += 1) old.push(await age((await caller.sendPhone(customer.id)).id, '31 days'));
  }
  expect(await sweep(3)).toBe(3);
  expect(await left(...old)).toHaveLength(1);
  expect(await sweep(3)).toBe(1);
});
