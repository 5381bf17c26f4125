import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordAudit } from '../../src/access/audit.js';
import { createWorkspace } from '../../src/customers/workspaces.js';
import { type Connection, databaseOf, run } from '../../src/entities/database.js';
import { migrate, pendingMigrations } from '../../src/entities/migrate.js';
import { entities, type Orm, openOrm } from '../../src/entities/orm.js';

let orm: Orm;
let pool: Connection;
beforeAll(async () => {
  orm = await openOrm({ location: 'memory://' });
  await migrate(orm, 'memory://');
  pool = databaseOf(orm).pool;
});
afterAll(() => orm.close(true));

/** Foreign keys are in the migrations only: entities refer to each other by id. */
const HAND_WRITTEN = [
  'api_key_rotated_to_fk',
  'api_key_workspace_fk',
  'audit_event_workspace_fk',
  'connect_attempt_workspace_fk',
  'contact_point_customer_fk',
  'customer_primary_email_fk',
  'customer_primary_phone_fk',
  'customer_workspace_fk',
  'event_delivery_event_fk',
  'operation_workspace_fk',
  'refresh_token_session_fk',
  'saved_method_customer_fk',
  'saved_method_instrument_method_fk',
  'session_customer_fk',
  'session_key_fk',
  'session_verification_fk',
  'upstream_grant_verification_fk',
  'verification_customer_fk',
  'verification_link_verification_fk',
  'verification_step_verification_fk',
  'webhook_endpoint_workspace_fk',
];

/** Unique keys that do not begin with the workspace, each with the reason why it may be so. */
const ACROSS_WORKSPACES = [
  // The workspace itself.
  'workspace_pkey',
  // A request brings a key before anybody knows its workspace; the key tells it.
  'api_key_lookup_unique',
];

interface UniqueKey {
  table_name: string;
  index_name: string;
  columns: string[];
  has_mode: boolean;
}

const UNIQUE_KEYS = `
  select t.relname as table_name, i.relname as index_name,
    array(select a.attname::text from unnest(x.indkey::int[]) with ordinality k (attnum, place)
          join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum order by k.place) as columns,
    exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'mode' and not a.attisdropped) as has_mode
  from pg_index x
  join pg_class t on t.oid = x.indrelid
  join pg_class i on i.oid = x.indexrelid
  where x.indisunique and t.relnamespace = 'public'::regnamespace and t.relname = any($1)`;

const tables = entities.map((entity) => entity.meta.tableName as string);
const uniqueKeys = () => run<UniqueKey>(pool, UNIQUE_KEYS, [tables]);

describe('the migrations', () => {
  test('make what the entities describe: they differ only by the foreign keys that are written by hand', async () => {
    const difference = await orm.schema.getUpdateSchemaSQL({ wrap: false });
    const statements = difference.split(/;\s*/).filter((statement) => statement.trim() !== '');
    const dropped = statements.map(
      (statement) => /^alter table "\w+" drop constraint "(\w+_fk)"$/.exec(statement)?.[1],
    );
    const other = statements.filter((_, index) => dropped[index] === undefined);
    // The migrator's own table is nobody's entity, and the trigger that keeps the audit log is written by hand.
    const known = /"gateway_migration"|^drop (trigger|function) .*audit_event_append_only/;
    expect(other.filter((statement) => !known.test(statement))).toEqual([]);
    expect(dropped.filter((name) => name !== undefined).sort()).toEqual(HAND_WRITTEN);
  });

  test('are all known by name, and none is pending after they ran', async () => {
    expect(await pendingMigrations(orm)).toEqual([]);
  });
});

describe('no world ever meets another', () => {
  test('every primary key and every unique index begins with the workspace, and with the mode where there is one', async () => {
    for (const { index_name, columns, has_mode } of await uniqueKeys()) {
      if (ACROSS_WORKSPACES.includes(index_name)) continue;
      expect(columns.slice(0, has_mode ? 2 : 1), index_name).toEqual(
        has_mode ? ['workspace_id', 'mode'] : ['workspace_id'],
      );
    }
  });

  test('every table has a primary key, and every exception is still needed', async () => {
    const keys = await uniqueKeys();
    const primary = keys.filter(({ index_name }) => index_name.endsWith('_pkey')).map(({ table_name }) => table_name);
    expect(primary.sort()).toEqual([...tables].sort());
    expect(keys.map(({ index_name }) => index_name)).toEqual(expect.arrayContaining(ACROSS_WORKSPACES));
  });

  test('every foreign key holds the workspace, and the mode where both tables have one', async () => {
    const constraints = await run<{ conname: string; definition: string }>(
      pool,
      `select conname, pg_get_constraintdef(oid) as definition from pg_constraint
       where contype = 'f' and connamespace = 'public'::regnamespace order by conname`,
    );
    expect(constraints.map(({ conname }) => conname)).toEqual(HAND_WRITTEN);
    for (const { conname, definition } of constraints) {
      const world = conname.endsWith('_workspace_fk') ? '(workspace_id)' : '(workspace_id, mode, ';
      expect(definition.startsWith(`FOREIGN KEY ${world}`), `${conname}: ${definition}`).toBe(true);
    }
  });
});

describe('a copy of the database holds no code and no link', () => {
  test('no column of a verification or its steps could: only the length and the name of the key are there', async () => {
    const columns = await run<{ table_name: string; column_name: string; data_type: string }>(
      pool,
      `select table_name, column_name, data_type from information_schema.columns where table_name like 'verification%'`,
    );
    const names = columns.map(({ column_name }) => column_name);
    expect(names.filter((name) => /code|secret|hash|otp|pin|token|digest/.test(name)).sort()).toEqual([
      'code_key_id',
      'code_length',
    ]);
    const free = columns.filter(({ data_type }) => /json|bytea|ARRAY/.test(data_type));
    // What the caller put into the slots of a message, checked before it was written; the code is no slot. And vendors'
    // ids of what they sent, and the numbers of messages.
    expect(free.map(({ table_name, column_name }) => `${table_name}.${column_name}`)).toEqual([
      'verification_step.content',
      'verification_step.earlier_refs',
      'verification_step.reported',
    ]);
    // Every column that holds text, so that a new one is looked at.
    const text = columns.filter(({ data_type }) => /char|text/.test(data_type)).map(({ column_name }) => column_name);
    expect([...new Set(text)].sort()).toEqual([
      'channel',
      'code_key_id',
      'contact_kind',
      'failure_reason',
      'identity',
      'kind',
      'locale',
      'mode',
      'provider',
      'provider_ref',
      'recipient',
      'redirect_uri',
      'status',
      'template',
    ]);
  });

  test('keys and refresh tokens are there as hashes, and so are idempotency keys and the names of counters and connect attempts; instruments are sealed', async () => {
    const bytes = await run<{ name: string }>(
      pool,
      `select table_name || '.' || column_name as name from information_schema.columns
       where data_type = 'bytea' and table_schema = 'public' order by 1`,
    );
    expect(bytes.map(({ name }) => name)).toEqual([
      'api_key.secret_hash',
      'connect_attempt.email_key',
      'idempotency_key.input_hash',
      'idempotency_key.key',
      'rate_limit_window.key',
      'refresh_token.hash',
      // An HMAC, and what AES-GCM sealed.
      'saved_method.fingerprint',
      'saved_method_instrument.sealed',
      'upstream_grant.sealed',
      'webhook_endpoint.previous_sealed',
      'webhook_endpoint.sealed',
    ]);
  });
});

test('nothing counts up: no sequence that a sharded database would have to share', async () => {
  const sequences = await run<{ name: string }>(
    pool,
    `select c.relname as name from pg_class c where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace
       and not exists (select from pg_depend d join pg_class t on t.oid = d.refobjid
                       where d.objid = c.oid and t.relname = 'gateway_migration')`,
  );
  expect(sequences).toEqual([]);
});

describe('the audit log is append-only', () => {
  test.each([
    ['changed', `update audit_event set action = 'x'`],
    ['removed', 'delete from audit_event'],
    ['emptied', 'truncate audit_event'],
  ])('whoever holds the table cannot have an event %s', async (_, statement) => {
    const workspaceId = await createWorkspace(pool, 'Audited');
    const actor = { kind: 'COMMAND', id: 'test' };
    await recordAudit(pool, { workspaceId, mode: 'TEST' }, actor, {
      action: 'workspace.created',
      objectType: 'Workspace',
      objectId: workspaceId,
    });
    await expect(run(pool, statement)).rejects.toThrow('audit_event is append-only');
  });
});
