/** A step failed for good: failover takes the next one, or the verification ends. */
import { run, runOne, type Transaction } from '../entities/database.js';
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

// When a message of another step is out, its code may still be entered. Of a step whose message is known to be lost,
// the first message is not out.
const FINISH = prepared(`
  update verification v set status = 'FAILED', updated_at = now()
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and v.status = 'PENDING' and not exists (
    select from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3
      and (s.sends > case when s.index = $4 then 1 else 0 end or s.status in ('QUEUED', 'PENDING')))`);
const NO_STEP = -1;

interface Failure {
  readonly reason: string;
  readonly requestId: string;
}

/** Writes down that a step cannot be delivered, and takes the next; without one, the verification ends. */
export async function failStep(deps: FailOverDeps, step: StepKey, { reason, requestId }: Failure): Promise<void> {
  const { workspaceId, mode, verificationId, index, send } = step;
  await deps.database.transaction(async (transaction) => {
    await lockVerification(transaction, step);
    const values = [workspaceId, mode, verificationId, index, send, reason.slice(0, 200)];
    if (!(await runOne(transaction, FAIL, values))) return;
    await leaveStep(deps, transaction, step, requestId);
  });
}

export async function lockVerification(transaction: Transaction, step: StepKey): Promise<void> {
  await run(transaction, LOCK, [step.workspaceId, step.mode, step.verificationId]);
}

/**
 * Moves on from a step that was just marked as failed, or ends the verification.
 * @param isLost whether the step's message was sent and is known not to have arrived
 */
export async function leaveStep(
  deps: FailOverDeps,
  transaction: Transaction,
  { workspaceId, mode, verificationId, index }: StepKey,
  requestId: string,
  isLost = false,
): Promise<void> {
  const position = { id: verificationId, currentStepIndex: index };
  const ref = { verificationId, stepIndex: undefined, requestId };
  const moved = await move(deps, transaction, { workspaceId, mode }, position, ref);
  if (!moved) await run(transaction, FINISH, [workspaceId, mode, verificationId, isLost ? index : NO_STEP]);
}
