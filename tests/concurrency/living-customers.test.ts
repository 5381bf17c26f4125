/** Platform ids and UMA addresses of customers who were deleted: who gets them, and how the tables come to give them. */
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { findByPlatformId, selectCustomers } from '../../src/customers/read.js';
import { newId } from '../../src/kernel/ids.js';
import { connectLikeGateway, explain } from '../scale/explain.js';
import { createFleet } from '../support/fleet.js';
import { errorOf } from '../support/graphql-client.js';
import { runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { fakeConnection, type Statement } from '../unit/fake-connection.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

const NAME = '20261122040000-living-customers';
const BEFORE = `
  drop index customer_platform_id_unique, customer_uma_address_unique, customer_of_platform_id_index;
  alter table customer add constraint customer_platform_id_unique unique (workspace_id, mode, platform_customer_id);
  alter table customer add constraint customer_uma_address_unique unique (workspace_id, mode, uma_address);
  delete from gateway_migration where name = '${NAME}'`;
const BY_HAND = `create unique index concurrently customer_living_platform_id_unique
  on customer (workspace_id, mode, platform_customer_id) where deleted_at is null`;
/** As the version before asks, which takes the first row. */
const AS_BEFORE = selectCustomers('c.platform_customer_id = $3');

async function databaseBehind() {
  const fleet = resources.use(await createFleet(sharedPostgres()));
  const workspace = await fleet.workspace([]);
  const client = await connectLikeGateway(fleet.env['DATABASE_URL'] as string);
  resources.defer(() => client.end());
  await client.query(BEFORE);
  const insert = (platformId: string, umaAddress: string, deletedAt: string | null = null) =>
    client
      .query(
        `insert into customer (workspace_id, mode, id, platform_customer_id, uma_address, deleted_at)
         values ($1, 'TEST', $2, $3, $4, $5)`,
        [workspace.id, newId(), platformId, umaAddress, deletedAt],
      )
      .then(
        () => undefined,
        (error: pg.DatabaseError) => error.constraint,
      );
  return { fleet, workspace, client, insert };
}

test('the migration makes of what is taken by anybody what is taken by the living, under names that the version before knows', async () => {
  const { fleet, client, insert } = await databaseBehind();
  expect(await insert('a', '$a@x.test', '2026-01-01')).toBeUndefined();
  expect(await insert('a', '$other@x.test')).toBe('customer_platform_id_unique');
  // As operators.md has it for a table that has grown.
  await client.query(BY_HAND);
  expect(await runGateway(['migrate'], fleet.env)).toMatchObject({ code: 0 });
  expect(await insert('a', '$a@x.test')).toBeUndefined();
  expect(await insert('a', '$other@x.test')).toBe('customer_platform_id_unique');
  expect(await insert('other', '$a@x.test')).toBe('customer_uma_address_unique');
});

/** As with many customers: each index takes a second and a half to build. */
const SLOW_BUILDS = `
  create function build_slowly() returns event_trigger as 'begin perform pg_sleep(1.5); end' language plpgsql;
  create event trigger build_slowly on ddl_command_end when tag in ('CREATE INDEX') execute function build_slowly()`;
const AT_CUSTOMERS = `select from pg_locks where relation = 'customer'::regclass and mode in ('ShareLock', 'AccessExclusiveLock')`;

test('race: who has locked a customer and writes it while the migration runs is not kept by its builds, and neither is the victim of a deadlock', async () => {
  const { fleet, client, insert } = await databaseBehind();
  expect(await insert('a', '$a@x.test')).toBeUndefined();
  await client.query(SLOW_BUILDS);
  await client.query('begin; select from customer for no key update');
  const migrating = runGateway(['migrate'], fleet.env);
  await using observer = Object.assign(await connectLikeGateway(fleet.env['DATABASE_URL'] as string), {
    [Symbol.asyncDispose]: () => observer.end(),
  });
  await waitFor('it is at the table', async () => (await observer.query(AT_CUSTOMERS)).rowCount !== 0);
  await client.query(`set local lock_timeout = '1s'; update customer set updated_at = now(); commit`);
  expect(await migrating).toMatchObject({ code: 0, stderr: '' });
});

test('an index that was made by hand and failed is not taken for one that keeps ids apart', async () => {
  const { fleet, client, insert } = await databaseBehind();
  await client.query(BY_HAND);
  await client.query(
    `update pg_index set indisvalid = false where indexrelid = 'customer_living_platform_id_unique'::regclass`,
  );
  expect(await runGateway(['migrate'], fleet.env)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('invalid'),
  });
  await insert('a', '$a@x.test');
  expect(await insert('a', '$other@x.test'), 'as it was').toBe('customer_platform_id_unique');
});

test('among many who had the platform id the living customer is found by one look, by the statement of the version before too', async () => {
  const { fleet, workspace, client } = await databaseBehind();
  expect(await runGateway(['migrate'], fleet.env)).toMatchObject({ code: 0 });
  // Of each id the living one was made neither first nor last, and lies between the deleted ones.
  await client.query(
    `insert into customer (workspace_id, mode, id, platform_customer_id, uma_address, deleted_at)
     select $1, 'TEST', gen_random_uuid(), 'p' || n / 10, '$' || n || '@x.test',
            case when n % 10 <> 4 then now() - n * interval '1 second' end
     from generate_series(0, 19999) n`,
    [workspace.id],
  );
  await client.query('analyze customer');
  const { pool, statements } = fakeConnection(() => []);
  await findByPlatformId(pool, { workspaceId: workspace.id, mode: 'TEST' }, 'p700');
  const now = statements[0] as Statement;
  const living = [workspace.id, 'TEST', 'p700'];
  for (const sql of [now.sql, AS_BEFORE]) {
    const { rows } = await client.query<{ is_deleted: boolean }>({
      name: `named_${sql.length}`,
      text: sql,
      values: living,
    });
    expect(rows[0]).toMatchObject({ is_deleted: false });
  }
  const { pages, indexes, rows } = await explain(client, now);
  expect({ rows, indexes }).toMatchObject({
    rows: 1,
    indexes: expect.arrayContaining(['customer_of_platform_id_index']),
  });
  expect(pages).toBeLessThan(20);
});

const CREATE = 'mutation ($input: CreateCustomerInput!) { createCustomer(input: $input) { id } }';
const DELETE = 'mutation ($id: ID!) { deleteCustomer(input: { id: $id }) { id } }';

test('race: of six that make a deleted customer again at once one does, and the others are CONFLICT', async () => {
  const fleet = resources.use(await createFleet(sharedPostgres()));
  const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);
  const { test: caller } = await fleet.workspace(processes);
  const input = { platformCustomerId: 'again', umaAddress: '$again@x.test' };
  const { id } = await caller.createCustomer(input);
  await caller.query(DELETE, { id });
  const answers = await Promise.all(Array.from({ length: 6 }, () => caller.query(CREATE, { input })));
  const refused = answers.filter(({ body }) => body.errors !== undefined);
  expect(refused.map((answer) => errorOf(answer).code)).toEqual(new Array(5).fill('CONFLICT'));
});
