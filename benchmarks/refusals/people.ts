/** Customers by the thousand, written straight into the tables: making them is not what is measured. */
import type pg from 'pg';

export interface Person {
  readonly email: string;
  readonly phone: string;
}

const INSERT = `
  with n as (
    select email, phone, is_verified, gen_random_uuid() as id, gen_random_uuid() as email_id, gen_random_uuid() as phone_id
    from unnest($2::text[], $3::text[], $4::boolean[]) n (email, phone, is_verified)
  ), c as (
    insert into customer (workspace_id, mode, id, platform_customer_id, uma_address)
    select $1, 'TEST', id, email, '$' || email from n
  )
  insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by)
  select $1, 'TEST', email_id, id, 'EMAIL', email, email, null, null from n
  union all
  select $1, 'TEST', phone_id, id, 'PHONE', phone, phone, case when is_verified then now() end,
         case when is_verified then 'SMS_CODE' end from n`;

const POINT = `
  update customer c set primary_email_id = e.id, primary_phone_id = p.id
  from contact_point e, contact_point p
  where c.workspace_id = $1 and e.customer_id = c.id and e.kind = 'EMAIL' and p.customer_id = c.id and p.kind = 'PHONE'`;

/** Writes customers with their primary contacts. */
export async function enroll(
  database: pg.Client,
  workspaceId: string,
  people: readonly Person[],
  isVerified: boolean,
): Promise<void> {
  await database.query(INSERT, [
    workspaceId,
    people.map(({ email }) => email),
    people.map(({ phone }) => phone),
    people.map(() => isVerified),
  ]);
  await database.query(POINT, [workspaceId]);
  await database.query('analyze');
}
