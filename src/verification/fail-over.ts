/** Moving a verification to another of its steps: the use case behind `failoverVerification`. */
import type { Principal, World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import { type Database, runOne, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { findVerification } from './find.js';
import { lockVerification } from './lock-verification.js';
import { RESEND_AFTER_SECONDS, refusalOf, waitingSteps } from './machine.js';
import { refusal } from './problems.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';
import type { SendOutcome } from './send.js';
import { releasedOnFailure, type SendCaps } from './send-caps.js';
import { LEFT_UNSENT } from './step-store.js';
import { IS_GONE, readTargets } from './targets.js';

export interface FailOverDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly sendCaps: SendCaps;
}

export interface StepRef {
  readonly verificationId: string;
  /** Absent: the next step that has not been tried, or for a resend the current one. */
  readonly stepIndex: number | undefined;
  readonly requestId: string;
  /** Whom the message is counted against, beside its recipient. */
  readonly clientIp: string;
}

// Guarded by the step it leaves: of two callers who fail over at once, one moves on. A step is taken once, so the
// step that is left never becomes the current one again. The cooldown starts anew: a message is on its way.
const MOVE = prepared(`
  with v as (
    update verification v set current_step_index = $5, updated_at = now(),
      resend_available_at = greatest(resend_available_at, now() + ${RESEND_AFTER_SECONDS} * interval '1 second')
    where workspace_id = $1 and mode = $2 and id = $3 and current_step_index = $4
      and ${isOpen('v')} and not ${IS_GONE}
      and exists (select from verification_step where workspace_id = $1 and mode = $2 and verification_id = $3
                    and index = $5 and status = 'PENDING')
    returning *
  ), left_behind as (
    update verification_step s set status = ${LEFT_UNSENT} from v
    where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4 and s.status = 'QUEUED'
  ), taken as (
    update verification_step s set status = 'QUEUED' from v
    where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $5
  )
  select ${VERIFICATION_COLUMNS} from v`);

/** Sends by the next step or a named one, at once, with the attempts that are left. */
export async function failOverVerification(
  deps: FailOverDeps,
  principal: Principal,
  { verificationId, stepIndex, requestId, clientIp }: StepRef,
): Promise<SendOutcome> {
  const { pool } = deps.database;
  const found = await findVerification(pool, principal, { verificationId });
  if (!found) return refusal('NOT_FOUND');
  const ended = refusalOf(found);
  if (ended) return refusal(ended);
  const steps = await readTargets(pool, principal, verificationId);
  if (steps.length === 0) return refusal('NOT_FOUND');
  const step = stepIndex === undefined ? waitingSteps(steps, found.currentStepIndex)[0] : steps[stepIndex];
  if (step?.status !== 'PENDING') return refusal('NO_NEXT_STEP');
  if (step.isBlocked) return refusal('TOO_MANY');
  const taken = await deps.sendCaps.take(principal, step.contact, { principal, clientIp });
  if ('outcome' in taken) return taken;
  const target = { stepIndex: step.index, requestId };
  const moved = await releasedOnFailure(taken, () =>
    deps.database.transaction(async (transaction) => {
      await lockVerification(transaction, principal, verificationId);
      return move(deps, transaction, principal, found, target);
    }),
  );
  if (moved) return { outcome: 'SENT', verification: moved };
  await taken.release();
  // It may have ended between the two statements: what is read here decides about the words of the answer.
  const now = await findVerification(pool, principal, { verificationId });
  return refusal((now && refusalOf(now)) ?? 'NO_NEXT_STEP');
}

type Position = Pick<VerificationRecord, 'id' | 'currentStepIndex'>;

/** Queues another step of a verification that the transaction holds, or returns undefined where it was tried already or somebody else has moved on. */
export async function move(
  { outbox }: Pick<FailOverDeps, 'outbox'>,
  transaction: Transaction,
  { workspaceId, mode }: World,
  { id, currentStepIndex }: Position,
  { stepIndex, requestId }: { readonly stepIndex: number; readonly requestId: string },
): Promise<VerificationRecord | undefined> {
  const row = await runOne<VerificationRow>(transaction, MOVE, [workspaceId, mode, id, currentStepIndex, stepIndex]);
  if (!row) return undefined;
  await outbox.enqueue(transaction, [{ workspaceId, mode, verificationId: id, stepIndex, send: 1, requestId }]);
  return toVerification(row);
}
