/** Customers as callers see them, read in one statement. */
import type { World } from '../access/principal.js';
import type { CUSTOMER_TYPES } from '../entities/customer.js';
import { type Connection, runOne, type Timestamp, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';

export interface CustomerRecord {
  readonly id: string;
  readonly platformCustomerId: string;
  readonly customerType: (typeof CUSTOMER_TYPES)[number];
  readonly umaAddress: string;
  readonly region: string | null;
  readonly currencies: readonly string[];
  /** The primary contacts, verified or not. */
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly phone: string | null;
  readonly phoneVerified: boolean;
  readonly locale: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly isDeleted: boolean;
}

interface CustomerRow {
  id: string;
  platform_customer_id: string;
  customer_type: (typeof CUSTOMER_TYPES)[number];
  uma_address: string;
  region: string | null;
  currencies: string[];
  email: string | null;
  email_verified: boolean;
  phone: string | null;
  phone_verified: boolean;
  locale: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  is_deleted: boolean;
}

const select = (condition: string) =>
  prepared(`
  select c.id, c.platform_customer_id, c.customer_type, c.uma_address, c.region, c.currencies, c.locale,
         e.value as email, e.verified_at is not null as email_verified,
         p.value as phone, p.verified_at is not null as phone_verified,
         c.created_at, c.updated_at, c.deleted_at is not null as is_deleted
  from customer c
  left join contact_point e on e.workspace_id = c.workspace_id and e.mode = c.mode and e.id = c.primary_email_id
  left join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode and p.id = c.primary_phone_id
  where c.workspace_id = $1 and c.mode = $2 and ${condition}`);

const BY_ID = select('c.id = $3');
const BY_PLATFORM_ID = select('c.platform_customer_id = $3');

/** One customer by either id; undefined for one of another world, exactly as for one that does not exist. */
export async function findCustomer(
  pool: Connection,
  world: World,
  by: { id: string } | { platformCustomerId: string },
): Promise<CustomerRecord | undefined> {
  const [statement, value] = 'id' in by ? [BY_ID, by.id] : [BY_PLATFORM_ID, by.platformCustomerId];
  const row = await runOne<CustomerRow>(pool, statement, [world.workspaceId, world.mode, value]);
  return row && toCustomer(row);
}

function toCustomer(row: CustomerRow): CustomerRecord {
  return {
    id: row.id,
    platformCustomerId: row.platform_customer_id,
    customerType: row.customer_type,
    umaAddress: row.uma_address,
    region: row.region,
    currencies: row.currencies,
    email: row.email,
    emailVerified: row.email_verified,
    phone: row.phone,
    phoneVerified: row.phone_verified,
    locale: row.locale,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
    isDeleted: row.is_deleted,
  };
}
