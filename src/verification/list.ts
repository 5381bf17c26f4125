/** The use case behind `verifications`. */
import type { Reach } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { OLDEST_PENDING } from '../entities/oldest-rows.js';
import { prepared } from '../entities/prepared.js';
import { statusSql, type VerificationStatus } from '../entities/verification.js';
import type { Channel } from '../entities/verification-step.js';
import { type Page, type PageRequest, toPage, withinTime } from '../kernel/cursor.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

export interface VerificationFilter {
  /** Inclusive. */
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
  readonly status?: VerificationStatus | undefined;
  /** Of any step. */
  readonly channel?: Channel | undefined;
  readonly customerId?: string | undefined;
}

const LOWEST = `greatest($3::uuid, case $8::text when 'PENDING' then ${OLDEST_PENDING} end)`;

const CONDITIONS = `v.workspace_id = $1 and v.mode = $2 and v.id < $4 and v.id > ${LOWEST}
    and ($6::timestamptz is null or v.created_at >= $6) and ($7::timestamptz is null or v.created_at < $7)
    and ($8::text is null or ${statusSql('v')} = $8)`;

const ofWorld = (order: PageRequest['scan']) =>
  prepared(`select ${VERIFICATION_COLUMNS} from verification v where ${CONDITIONS} order by v.id ${order} limit $5`);

// Steps lie in the order of their verifications: walking over them finds a rare channel ten times sooner than looking
// up the steps of one verification after another. `offset 0` keeps the planner from turning that round, and from
// carrying the lowest id over to the steps.
const ofChannel = (order: PageRequest['scan']) =>
  prepared(`
  select ${VERIFICATION_COLUMNS} from verification_step s
  cross join lateral (select * from verification v where ${CONDITIONS} and v.id = s.verification_id offset 0) v
  where s.workspace_id = $1 and s.mode = $2 and s.verification_id > ${LOWEST} and s.verification_id < $4
    and s.channel = $9
    and not exists (
      select from verification_step e where e.workspace_id = $1 and e.mode = $2
        and e.verification_id = s.verification_id and e.channel = $9 and e.index < s.index)
  order by s.verification_id ${order} limit $5`);

// The index on a customer's verifications has the kind of contact before the id: one short scan of it for each kind.
const ofCustomer = (order: PageRequest['scan']) =>
  prepared(`
  select ${VERIFICATION_COLUMNS} from (values ('EMAIL'), ('PHONE')) as k (kind) cross join lateral (
    select * from verification v where ${CONDITIONS} and v.customer_id = $10 and v.contact_kind = k.kind
      and ($9::text is null or exists (
        select from verification_step s
        where s.workspace_id = $1 and s.mode = $2 and s.verification_id = v.id and s.channel = $9))
    order by v.id ${order} limit $5
  ) v order by v.id ${order} limit $5`);

const LIST = {
  ofWorld: { asc: ofWorld('asc'), desc: ofWorld('desc') },
  ofChannel: { asc: ofChannel('asc'), desc: ofChannel('desc') },
  ofCustomer: { asc: ofCustomer('asc'), desc: ofCustomer('desc') },
};

/** A page of the verifications within reach. */
export async function listVerifications(
  lists: Connection,
  { workspaceId, mode, customerId: own }: Reach,
  filter: VerificationFilter,
  page: PageRequest,
): Promise<Page<VerificationRecord>> {
  const { from, to, status, channel } = filter;
  const customerId = own ?? filter.customerId;
  const { low, high } = withinTime(page, from, to);
  const values = [workspaceId, mode, low, high, page.size + 1, from ?? null, to ?? null, status ?? null];
  const read = (statements: typeof LIST.ofWorld, ...more: (string | null)[]) =>
    run<VerificationRow>(lists, statements[page.scan], [...values, ...more]);
  const rows = await (customerId !== undefined
    ? read(LIST.ofCustomer, channel ?? null, customerId)
    : channel !== undefined
      ? read(LIST.ofChannel, channel)
      : read(LIST.ofWorld));
  return toPage(page, rows.map(toVerification));
}
