/** The email addresses and phone numbers of a customer. */
import type { Reach, World } from '../access/principal.js';
import type { Evidence } from '../entities/contact-point.js';
import { type Connection, run, runOne, type Timestamp, toDate, toDateOrNull } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { coalesceById } from '../kernel/coalesce.js';
import type { ContactKind } from '../kernel/contact.js';

export interface ContactPointRecord {
  readonly id: string;
  readonly kind: ContactKind;
  readonly value: string;
  readonly isPrimary: boolean;
  readonly verifiedAt: Date | null;
  readonly verifiedBy: Evidence | null;
  /** Who says that they verified it. */
  readonly attestedBy: string | null;
  readonly createdAt: Date;
}

interface Row {
  id: string;
  customer_id: string;
  kind: ContactKind;
  value: string;
  verified_at: Timestamp | null;
  verified_by: Evidence | null;
  attested_by: string | null;
  created_at: Timestamp;
  is_primary: boolean;
}

const select = (condition: string) =>
  prepared(`
  select p.id, p.customer_id, p.kind, p.value, p.verified_at, p.verified_by, p.attested_by, p.created_at,
         p.id in (c.primary_email_id, c.primary_phone_id) is true as is_primary
  from contact_point p
  join customer c on c.workspace_id = p.workspace_id and c.mode = p.mode and c.id = p.customer_id
  where p.workspace_id = $1 and p.mode = $2 and ${condition}`);

const OF_CUSTOMERS = select('p.customer_id = any($3::uuid[]) order by p.customer_id, p.id');
const BY_ID = select('p.id = $3 and ($4::uuid is null or p.customer_id = $4)');

/** Every contact of a customer, oldest first. */
export type ContactPointLister = (world: World, customerId: string) => Promise<readonly ContactPointRecord[]>;

/** A lister that reads the contacts of all customers of a list together. */
export function createContactPointLister(pool: Connection): ContactPointLister {
  const list = coalesceById(
    async ({ workspaceId, mode }: World, ids) => {
      const rows = await run<Row>(pool, OF_CUSTOMERS, [workspaceId, mode, ids]);
      const points = Map.groupBy(rows, (row) => row.customer_id);
      return new Map([...points].map(([id, group]) => [id, group.map(toContactPoint)]));
    },
    { brief: true },
  );
  return async (world, customerId) => (await list(world, customerId)) ?? [];
}

/** One contact; undefined for one out of reach, as for one that does not exist. */
export async function findContactPoint(
  pool: Connection,
  { workspaceId, mode, customerId }: Reach,
  id: string,
): Promise<ContactPointRecord | undefined> {
  const row = await runOne<Row>(pool, BY_ID, [workspaceId, mode, id, customerId ?? null]);
  return row && toContactPoint(row);
}

function toContactPoint(row: Row): ContactPointRecord {
  return {
    id: row.id,
    kind: row.kind,
    value: row.value,
    isPrimary: row.is_primary,
    verifiedAt: toDateOrNull(row.verified_at),
    verifiedBy: row.verified_by,
    attestedBy: row.attested_by,
    createdAt: toDate(row.created_at),
  };
}
