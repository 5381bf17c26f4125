/** The use case behind `customers`. */
import type { World } from '../access/principal.js';
import { isText } from '../access/user-token-format.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { ContactKind } from '../kernel/contact.js';
import { type Page, type PageRequest, toPage } from '../kernel/cursor.js';
import { type CustomerRecord, type CustomerRow, selectCustomers, toCustomer } from './read.js';

export interface CustomerFilter {
  readonly platformCustomerId?: string | undefined;
  /** What the email or phone is compared by. */
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly includeDeleted?: boolean | undefined;
}

const withContact = (kind: ContactKind, place: number) => `c.id in (
    select customer_id from contact_point
    where workspace_id = $1 and mode = $2 and kind = '${kind}' and identity = $${place})`;

// A condition is in the statement only where its filter is given, so that each is planned for the index it needs.
function statementOf({ platformCustomerId, email, phone, includeDeleted }: CustomerFilter, scan: PageRequest['scan']) {
  const conditions = [
    'c.id > $3 and c.id < $4',
    includeDeleted ? [] : 'c.deleted_at is null',
    platformCustomerId === undefined ? [] : 'c.platform_customer_id = $6',
    email === undefined ? [] : withContact('EMAIL', 7),
    phone === undefined ? [] : withContact('PHONE', 8),
    // Every parameter stands in every statement: PostgreSQL refuses one whose type it cannot tell.
    '($6::text is null or $7::text is null or $8::text is null or true)',
  ].flat();
  return prepared(`${selectCustomers(conditions.join(' and '))} order by c.id ${scan} limit $5`);
}

/** A page of a world's customers. */
export async function listCustomers(
  lists: Connection,
  { workspaceId, mode }: World,
  filter: CustomerFilter,
  page: PageRequest,
): Promise<Page<CustomerRecord>> {
  if (filter.platformCustomerId !== undefined && !isText(filter.platformCustomerId)) return toPage(page, []);
  const rows = await run<CustomerRow>(lists, statementOf(filter, page.scan), [
    workspaceId,
    mode,
    page.low,
    page.high,
    page.size + 1,
    filter.platformCustomerId ?? null,
    filter.email ?? null,
    filter.phone ?? null,
  ]);
  return toPage(page, rows.map(toCustomer));
}
