/** A step failed for good: failover takes the next one, or the verification ends. */
import type { World } from '../access/principal.js';
import { run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type FailOverDeps, move } from './fail-over.js';
import type { StepKey } from './step-store.js';
import { readTargets } from './targets.js';

// Taken before the step's row, as the statements of failover and resend take them: the other way round the two
// would deadlock.
const LOCK = prepared(`
  select 1 from verification where workspace_id = $1 and mode = $2 and id = $3 for no key update`);

const FAIL = prepared(`
  update verification_step set status = 'FAILED', failure_reason = $6
  where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and status = 'QUEUED'
    and sends = $5 - 1
  returning index`);

// A contact that takes no more messages is one that cannot be delivered to: its step fails like the one before it, so
// that the verification goes on or ends, and never waits for a window to pass.
const PASS_OVER = prepared(`
  update verification_step set status = 'FAILED', failure_reason = 'too much was sent to this contact'
  where workspace_id = $1 and mode = $2 and verification_id = $3 and index = any($4::smallint[])
    and status = 'PENDING'`);

// When a message of another step is out, its code may still be entered.
const FINISH = prepared(`
  update verification v set status = 'FAILED', updated_at = now()
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and v.status = 'PENDING' and not exists (
    select from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3
      and (s.sends > 0 or s.status in ('QUEUED', 'PENDING')))`);

/** Writes down that a step cannot be delivered, and takes the next; without one, the verification ends. */
export async function failStep(
  deps: FailOverDeps,
  { workspaceId, mode, verificationId, index, send }: StepKey,
  { reason, requestId }: { reason: string; requestId: string },
): Promise<void> {
  const world = { workspaceId, mode };
  const verification = [workspaceId, mode, verificationId];
  const { next, passedOver } = await takeNext(deps, world, verificationId, index);
  const moved = await deps.database.transaction(async (transaction) => {
    await run(transaction, LOCK, verification);
    if (!(await runOne(transaction, FAIL, [...verification, index, send, reason.slice(0, 200)]))) return undefined;
    if (passedOver.length > 0) await run(transaction, PASS_OVER, [...verification, passedOver]);
    const position = { id: verificationId, currentStepIndex: index };
    const moved = next && (await move(deps, transaction, world, position, { stepIndex: next.stepIndex, requestId }));
    if (!moved) await run(transaction, FINISH, verification);
    return moved;
  });
  if (!moved) await next?.release();
}

/** The next step whose contact takes another message, counted already, and those before it that take none. */
async function takeNext({ database, sendCaps }: FailOverDeps, world: World, verificationId: string, failed: number) {
  const passedOver: number[] = [];
  for (const { index, status, contact, isBlocked } of await readTargets(database.pool, world, verificationId)) {
    if (index <= failed || status !== 'PENDING') continue;
    const taken = isBlocked ? undefined : await sendCaps.take(world, contact);
    if (taken && 'release' in taken) return { next: { stepIndex: index, release: taken.release }, passedOver };
    passedOver.push(index);
  }
  return { next: undefined, passedOver };
}
