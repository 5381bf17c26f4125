/** Customers by the thousand, written straight into the tables: making them is not what is measured. */
import type pg from 'pg';

export interface Person {
  readonly email: string;
  readonly phone: string | undefined;
}

export interface World {
  readonly workspaceId: string;
  readonly mode: 'TEST' | 'LIVE';
}

const INSERT = `
  with n as (
    select email, phone, gen_random_uuid() as id, gen_random_uuid() as email_id, gen_random_uuid() as phone_id
    from unnest($3::text[], $4::text[]) n (email, phone)
  ), c as (
    insert into customer (workspace_id, mode, id, platform_customer_id, uma_address, primary_email_id, primary_phone_id)
    select $1, $2, id, email, '$' || email, email_id, case when phone is not null then phone_id end from n
  )
  insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity, verified_at, verified_by)
  select $1, $2, email_id, id, 'EMAIL', email, email, null::timestamptz, null from n
  union all
  select $1, $2, phone_id, id, 'PHONE', phone, phone, case when $5::boolean then now() end,
         case when $5 then 'SMS_CODE' end from n where phone is not null`;

/** Writes customers with their primary contacts. */
export async function enroll(
  database: pg.Client,
  { workspaceId, mode }: World,
  people: readonly Person[],
  isVerified = false,
): Promise<void> {
  const emails = people.map(({ email }) => email);
  const phones = people.map(({ phone }) => phone ?? null);
  await database.query(INSERT, [workspaceId, mode, emails, phones, isVerified]);
}

const PHONE_OF = `
  with p as (
    insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity)
    select workspace_id, mode, gen_random_uuid(), id, 'PHONE', $2, $2 from customer where platform_customer_id = $1
    returning id, customer_id
  )
  update customer c set primary_phone_id = p.id from p where c.id = p.customer_id`;

/** Gives a customer another primary phone. */
export async function givePhone(database: pg.Client, email: string, phone: string): Promise<void> {
  await database.query(PHONE_OF, [email, phone]);
}
