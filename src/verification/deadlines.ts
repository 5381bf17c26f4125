/** Verifications that ended without anybody saying so: their time ran out, or the last guess was wrong. */
import { type Database, run } from '../entities/database.js';
import { eventsOf, IS_SETTLED, SETTLED_AT, verificationData } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { byWorld, type World } from '../kernel/world.js';

/** Deadlines that one sweep looks at, at most. */
export const DEADLINE_SWEEP_LIMIT = 500;

// Over all workspaces, as all upkeep is; a row that another sweep holds is that sweep's.
const DUE = prepared(`
  select workspace_id as "workspaceId", mode, verification_id as id from verification_deadline
  where due_at <= now() order by due_at limit $1 for update skip locked`);

// A verification that a guess holds at this moment is looked at the next time. To wait for it could be for ever: a
// guess locks the verification before its deadline. An attempt that was given back has put the end off again.
const END = prepared(`
  with v as materialized (
    select * from verification v
    where v.workspace_id = $1 and v.mode = $2 and v.id = any($3::uuid[]) for no key update skip locked
  ), ended as (
    select v.*, v.failed_attempts >= v.max_attempts as is_spent from v
    where v.status = 'PENDING' and (v.failed_attempts >= v.max_attempts or ${IS_SETTLED})
  ), put_off as (
    update verification_deadline d set due_at = ${SETTLED_AT} from v
    where d.workspace_id = $1 and d.mode = $2 and d.verification_id = v.id and v.status = 'PENDING'
      and not exists (select from ended where ended.id = v.id)
  ), done as (
    delete from verification_deadline d
    where d.workspace_id = $1 and d.mode = $2 and d.verification_id = any($3::uuid[])
      and not exists (select from v where v.id = d.verification_id and v.status = 'PENDING'
                        and not exists (select from ended where ended.id = v.id))
      and (exists (select from v where v.id = d.verification_id) or not exists (
        select from verification o where o.workspace_id = $1 and o.mode = $2 and o.id = d.verification_id))
  ), ${eventsOf({
    type: `case when ended.is_spent then 'verification.failed' else 'verification.expired' end`,
    objectType: 'Verification',
    objectId: 'ended.id',
    once: `case when ended.is_spent then 'failed' else 'expired' end`,
    data: `case when ended.is_spent then ${verificationData('ended', `'reason', 'ATTEMPTS_EXHAUSTED'`)}
        else ${verificationData('ended')} end`,
    step: { verificationId: 'ended.id', index: 'ended.current_step_index' },
    from: 'ended',
  })}
  select 1 where false`);

/**
 * Writes the events of ends that nothing else would write.
 * @returns how many deadlines were due: `limit` means that more are waiting
 */
export function sweepDeadlines(database: Database, limit = DEADLINE_SWEEP_LIMIT): Promise<number> {
  return database.transaction(async (transaction) => {
    const due = await run<World & { id: string }>(transaction, DUE, [limit]);
    for (const [{ workspaceId, mode }, rows] of byWorld(due, (row) => row))
      await run(transaction, END, [workspaceId, mode, rows.map(({ id }) => id)]);
    return due.length;
  });
}
