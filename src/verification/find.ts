/** Reading a verification in whatever state, and what keeps guesses at it from being taken. Neither takes a guess. */
import type { Reach } from '../access/principal.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { sentTo, type Target, valuesOf, variantFor, variantsOf } from './guess-target.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';
import { IS_GONE, isBlocked } from './targets.js';

const find = (target: string) =>
  prepared(`select ${VERIFICATION_COLUMNS} from verification v
  where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

const obstacle = (target: string) =>
  prepared(`
  select case when ${IS_GONE} then 'NOT_FOUND'
              when not exists (${sentTo('v')} and not ${isBlocked('s.identity')}) then 'TOO_MANY' end as obstacle
  from verification v where v.workspace_id = $1 and v.mode = $2 and v.id = (${target})`);

const FIND = variantsOf(find);
const OBSTACLE = variantsOf(obstacle);

/** The verification a target names, in whatever state. */
export async function findVerification(
  pool: Connection,
  reach: Reach,
  target: Target,
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(pool, variantFor(FIND, target), valuesOf(reach, target));
  return row && toVerification(row);
}

/** NOT_FOUND for a deleted customer; TOO_MANY where wrong guesses have blocked all the contacts that a target asks about. */
export async function obstacleTo(
  pool: Connection,
  world: Reach,
  target: Target,
): Promise<'NOT_FOUND' | 'TOO_MANY' | undefined> {
  const values = valuesOf(world, target);
  const row = await runOne<{ obstacle: 'NOT_FOUND' | 'TOO_MANY' | null }>(pool, variantFor(OBSTACLE, target), values);
  return row?.obstacle ?? undefined;
}
