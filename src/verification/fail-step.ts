/** A step failed for good: failover takes the next one, or the verification ends. */
import { run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type FailOverDeps, move } from './fail-over.js';
import type { StepKey } from './step-store.js';

// Taken before the step's row, as the statements of failover and resend take them: the other way round the two
// would deadlock.
const LOCK = prepared(`
  select 1 from verification where workspace_id = $1 and mode = $2 and id = $3 for no key update`);

const FAIL = prepared(`
  update verification_step set status = 'FAILED', failure_reason = $6
  where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and status = 'QUEUED'
    and sends = $5 - 1
  returning index`);

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
  const verification = [workspaceId, mode, verificationId];
  await deps.database.transaction(async (transaction) => {
    await run(transaction, LOCK, verification);
    if (!(await runOne(transaction, FAIL, [...verification, index, send, reason.slice(0, 200)]))) return;
    const position = { id: verificationId, currentStepIndex: index };
    const ref = { verificationId, stepIndex: undefined, requestId };
    const moved = await move(deps, transaction, { workspaceId, mode }, position, ref);
    if (!moved) await run(transaction, FINISH, verification);
  });
}
