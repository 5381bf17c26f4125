/** Counting a guess, in one guarded update: nothing is read and then written. */
import type { World } from '../access/principal.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { ContactKind } from '../kernel/contact.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

/** Which verification a guess is for: one by id, or a customer's newest for a contact. */
export interface Target {
  verificationId?: string;
  customerId?: string;
  contactKind?: ContactKind;
  identity?: string;
}

const BY_ID = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and t.id = $3
    and ($4::uuid is null or t.customer_id = $4) and ($5::text is null or t.contact_kind = $5)
    and ($6::text is null or exists (
      select from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = t.id and s.identity = $6))`;

const NEWEST = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and $3::uuid is null
    and t.customer_id = $4 and t.contact_kind = $5
    and ($6::text is null or exists (
      select from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = t.id and s.identity = $6))
  order by t.id desc limit 1`;

// The guess is counted here, in its own statement and outside any transaction: whatever happens to the comparison
// that follows, the attempt is spent. Concurrent guesses queue on the row and see the count before them.
const count = (target: string) =>
  prepared(`
  update verification v set failed_attempts = v.failed_attempts + 1, updated_at = now()
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target}) and v.kind = 'CODE' and v.status = 'PENDING'
    and v.failed_attempts < v.max_attempts and v.expires_at > now()
    and case v.mode when 'TEST' then 6 else v.code_length end = $7
  returning ${VERIFICATION_COLUMNS}`);

const find = (target: string) =>
  prepared(`select ${VERIFICATION_COLUMNS} from verification v
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

const COUNT_GUESS = { byId: count(BY_ID), newest: count(NEWEST) };
const FIND = { byId: find(BY_ID), newest: find(NEWEST) };

const valuesOf = (world: World, target: Target) => [
  world.workspaceId,
  world.mode,
  target.verificationId ?? null,
  target.customerId ?? null,
  target.contactKind ?? null,
  target.identity ?? null,
];

const variant = (target: Target): 'byId' | 'newest' => (target.verificationId === undefined ? 'newest' : 'byId');

/** Counts one guess of the given length, or returns undefined when no guess is taken. */
export async function countGuess(
  pool: Connection,
  world: World,
  target: Target,
  length: number,
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(pool, COUNT_GUESS[variant(target)], [...valuesOf(world, target), length]);
  return row && toVerification(row);
}

/** The verification a target names, in whatever state. */
export async function findVerification(
  pool: Connection,
  world: World,
  target: Target,
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(pool, FIND[variant(target)], valuesOf(world, target));
  return row && toVerification(row);
}
