/** The use case behind `resendVerification`. */
import type { Principal, Reach } from '../access/principal.js';
import { type Database, runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import type { FailOverDeps, StepRef } from './fail-over.js';
import { findVerification } from './find.js';
import { lockVerification } from './lock-verification.js';
import { LONGEST_RESEND_SECONDS, MAX_SENDS, RESEND_AFTER_SECONDS, refusalOf } from './machine.js';
import { type Refusal, refusal } from './problems.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRow } from './record.js';
import type { SendOutcome } from './send.js';
import { releasedOnFailure } from './send-caps.js';
import { IS_GONE, readTargets, type TargetStep } from './targets.js';

// The attempts stay as they are and so does the code: a resend is another copy of the same message. The cooldown is
// taken by the statement that grants the resend, so of many callers at once one sends. Each resend doubles it.
const RESEND = prepared(`
  with v as (
    update verification v set resends = resends + 1, updated_at = now(), resend_available_at = now() +
      least(${RESEND_AFTER_SECONDS} * power(2, resends + 1), ${LONGEST_RESEND_SECONDS}) * interval '1 second'
    where workspace_id = $1 and mode = $2 and id = $3
      and ${isOpen('v')} and resend_available_at <= now() and not ${IS_GONE}
      and exists (select from verification_step where workspace_id = $1 and mode = $2 and verification_id = $3
                    and index = $4 and status in ('SENT', 'DELIVERED') and sends < ${MAX_SENDS})
    returning *
  ), step as (
    update verification_step s set status = 'QUEUED' from v
    where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4
    returning s.sends
  )
  select ${VERIFICATION_COLUMNS}, step.sends from v, step`);

/** Sends a step's message again, with the same code, once the cooldown has passed. */
export async function resendVerification(deps: FailOverDeps, principal: Principal, ref: StepRef): Promise<SendOutcome> {
  const { database, outbox } = deps;
  const { workspaceId, mode } = principal;
  const { verificationId, requestId, clientIp } = ref;
  const step = await findSendable(database, principal, ref);
  if ('outcome' in step) return step;
  const { index: stepIndex, contact } = step;
  const taken = await deps.sendCaps.take(principal, contact, { principal, clientIp });
  if ('outcome' in taken) return taken;
  const grant = async (transaction: Transaction) => {
    await lockVerification(transaction, principal, verificationId);
    const values = [workspaceId, mode, verificationId, stepIndex];
    const row = await runOne<VerificationRow & { sends: number }>(transaction, RESEND, values);
    if (!row) return undefined;
    const job = { workspaceId, mode, verificationId, stepIndex, send: row.sends + 1, requestId };
    await outbox.enqueue(transaction, [job]);
    return row;
  };
  const granted = await releasedOnFailure(taken, () => database.transaction(grant));
  if (granted) return { outcome: 'SENT', verification: toVerification(granted) };
  await taken.release();
  // Somebody else took it between the two: what is read here decides about the words of the answer.
  const now = await findSendable(database, principal, { verificationId, stepIndex });
  return 'outcome' in now ? now : refusal('TOO_SOON', 1);
}

/** The step to send by, or why nothing is sent. What is read here grants nothing: the statement above does. */
async function findSendable(
  { pool }: Database,
  world: Reach,
  { verificationId, stepIndex }: Pick<StepRef, 'verificationId' | 'stepIndex'>,
): Promise<TargetStep | Refusal> {
  const found = await findVerification(pool, world, { verificationId });
  const ended = found ? refusalOf(found) : 'NOT_FOUND';
  if (!found || ended) return refusal(ended ?? 'NOT_FOUND');
  const steps = await readTargets(pool, world, verificationId);
  if (steps.length === 0) return refusal('NOT_FOUND');
  const step = steps[stepIndex ?? found.currentStepIndex];
  // Never started, left before it was sent, or failed for good: waiting does not help.
  if (!step || !['QUEUED', 'SENT', 'DELIVERED'].includes(step.status)) return refusal('NO_NEXT_STEP');
  if (step.sends >= MAX_SENDS || step.isBlocked) return refusal('TOO_MANY');
  // A message that is on its way is as good as the next one.
  return step.wait > 0 || step.status === 'QUEUED' ? refusal('TOO_SOON', Math.max(1, step.wait)) : step;
}
