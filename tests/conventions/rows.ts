/** A database of one test file's own, and rows that its constraints accept. */
import { expect } from 'vitest';
import { createWorkspace } from '../../src/customers/workspaces.js';
import { type Connection, databaseOf, run, type Value } from '../../src/entities/database.js';
import { migrate } from '../../src/entities/migrate.js';
import { openOrm } from '../../src/entities/orm.js';
import { newId } from '../../src/kernel/ids.js';

export type Row = Record<string, Value>;

export interface Rows extends AsyncDisposable {
  readonly pool: Connection;
  readonly world: { workspace_id: string; mode: string };
  readonly customer: string;
  /** The constraint that refused a row, or undefined where none did. */
  insert(table: string, row: Row): Promise<string | undefined>;
  insertCustomer(): Promise<string>;
  verification(change: Row): Row;
}

export async function openRows(): Promise<Rows> {
  const orm = await openOrm({ location: 'memory://' });
  await migrate(orm, 'memory://');
  const { pool } = databaseOf(orm);
  const world = { workspace_id: await createWorkspace(pool, 'Test'), mode: 'TEST' };

  async function insert(table: string, row: Row): Promise<string | undefined> {
    const names = Object.keys(row).map((name) => `"${name}"`);
    const places = names.map((_, index) => `$${index + 1}`);
    try {
      await run(pool, `insert into "${table}" (${names}) values (${places})`, Object.values(row));
      return undefined;
    } catch (error) {
      return (error as { constraint?: string }).constraint ?? String(error);
    }
  }
  async function insertCustomer(): Promise<string> {
    const id = newId();
    const row = { ...world, id, platform_customer_id: id, uma_address: `$${id}@x.test` };
    expect(await insert('customer', row)).toBeUndefined();
    return id;
  }
  const customer = await insertCustomer();
  const verification = (change: Row): Row => ({
    ...world,
    id: newId(),
    customer_id: customer,
    contact_kind: 'EMAIL',
    locale: 'en-US',
    code_length: 6,
    timeout_seconds: 600,
    max_attempts: 3,
    code_key_id: '0011aabb',
    expires_at: new Date(),
    resend_available_at: new Date(),
    ...change,
  });
  return { pool, world, customer, insert, insertCustomer, verification, [Symbol.asyncDispose]: () => orm.close(true) };
}
