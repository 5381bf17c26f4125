/** A customer with both primary contacts, what the workspace's policy makes of them, and saved methods, in one statement. */
import type { Pool } from 'pg';
import type { Principal } from './keys.ts';

/** A customer's row beside the rows of the two primary contacts. */
export interface CustomerRow {
  id: string;
  platform_customer_id: string;
  customer_type: string;
  uma_address: string;
  region: string | null;
  currencies: string[];
  locale: string | null;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
  email: string | null;
  email_verified_at: Date | null;
  phone: string | null;
  phone_verified_at: Date | null;
  saved_methods?: unknown[];
}

const READ = `
  SELECT c.id, c.platform_customer_id, c.customer_type, c.uma_address, c.region, c.currencies, c.locale,
         c.created_at, c.updated_at, c.deleted_at,
         e.value AS email, e.verified_at AS email_verified_at, p.value AS phone, p.verified_at AS phone_verified_at,
         array(
           SELECT json_build_object('id', m.id, 'type', m.type, 'brand', m.brand, 'last4', m.last4,
             'expiryMonth', m.expiry_month, 'expiryYear', m.expiry_year, 'archivedAt', m.archived_at)
           FROM saved_method m WHERE m.customer_id = c.id AND m.archived_at IS NULL ORDER BY m.id DESC LIMIT 25
         ) AS saved_methods
  FROM customer c
  LEFT JOIN contact_point e ON e.id = c.primary_email_id
  LEFT JOIN contact_point p ON p.id = c.primary_phone_id
  WHERE c.id = $1 AND c.workspace_id = $2 AND c.mode = $3`;

/** The customer of that id, or undefined where the principal's workspace and mode have none. */
export async function readCustomer(pool: Pool, principal: Principal, id: string) {
  const values = [id, principal.workspaceId, principal.mode];
  const { rows } = await pool.query<CustomerRow>({ name: 'read customer', text: READ, values });
  return rows[0] && customerView(rows[0], principal);
}

/** The answer's form of a customer. */
export function customerView(row: CustomerRow, { contactPolicy }: Principal) {
  const required = (row.region !== null && contactPolicy[row.region]) || [];
  const stateOf = (kind: string, verifiedAt: Date | null) => {
    if (!required.includes(kind)) return null;
    return verifiedAt ? 'VERIFIED' : 'PENDING';
  };
  return {
    id: row.id,
    platformCustomerId: row.platform_customer_id,
    customerType: row.customer_type,
    umaAddress: row.uma_address,
    region: row.region,
    currencies: row.currencies,
    locale: row.locale,
    email: row.email,
    phone: row.phone,
    contactVerification:
      required.length === 0
        ? null
        : { email: stateOf('EMAIL', row.email_verified_at), phone: stateOf('PHONE', row.phone_verified_at) },
    savedMethods: row.saved_methods,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    isDeleted: row.deleted_at !== null,
  };
}
