/** Customers as callers see them, read in one statement. */
import type { Reach, World } from '../access/principal.js';
import { isText } from '../access/user-token-format.js';
import type { CUSTOMER_TYPES } from '../entities/customer.js';
import { type Connection, run, runOne, type Timestamp, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { coalesceById } from '../kernel/coalesce.js';

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

export interface CustomerRow {
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

/** The statement behind a CustomerRow, for customers called `c`; $1 and $2 are the world. */
export const selectCustomers = (condition: string) => `
  select c.id, c.platform_customer_id, c.customer_type, c.uma_address, c.region, c.currencies, c.locale,
         e.value as email, e.verified_at is not null as email_verified,
         p.value as phone, p.verified_at is not null as phone_verified,
         c.created_at, c.updated_at, c.deleted_at is not null as is_deleted
  from customer c
  left join contact_point e on e.workspace_id = c.workspace_id and e.mode = c.mode and e.id = c.primary_email_id
  left join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode and p.id = c.primary_phone_id
  where c.workspace_id = $1 and c.mode = $2 and ${condition}`;

const BY_IDS = prepared(selectCustomers('c.id = any($3::uuid[])'));
const BY_PLATFORM_ID = prepared(
  `${selectCustomers('c.platform_customer_id = $3')} order by c.deleted_at desc nulls first limit 1`,
);

/**
 * One customer by the workspace's own id: the living one, or else who was deleted last. Undefined for one of another
 * world, as for one that does not exist.
 */
export async function findByPlatformId(
  pool: Connection,
  { workspaceId, mode }: World,
  platformCustomerId: string,
): Promise<CustomerRecord | undefined> {
  if (!isText(platformCustomerId)) return undefined;
  const row = await runOne<CustomerRow>(pool, BY_PLATFORM_ID, [workspaceId, mode, platformCustomerId]);
  return row && toCustomer(row);
}

/** Finds a customer by id; undefined for one out of reach, as for one that does not exist. */
export type CustomerFinder = (reach: Reach, id: string) => Promise<CustomerRecord | undefined>;

/** A finder that reads the customers asked for in one turn of the event loop together, each world by itself. */
export function createCustomerFinder(pool: Connection): CustomerFinder {
  const find = coalesceById(async ({ workspaceId, mode }: World, ids) => {
    const rows = await run<CustomerRow>(pool, BY_IDS, [workspaceId, mode, ids]);
    return new Map(rows.map((row) => [row.id, toCustomer(row)]));
  });
  return async (reach, id) => (reach.customerId === undefined || reach.customerId === id ? find(reach, id) : undefined);
}

export function toCustomer(row: CustomerRow): CustomerRecord {
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
