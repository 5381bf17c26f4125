/** A step failed for good: failover takes the next one, or the verification ends. */
import type { World } from '../access/principal.js';
import { run, runOne, type Transaction } from '../entities/database.js';
import { eventsOf, verificationData } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { type FailOverDeps, move } from './fail-over.js';
import { lockVerification } from './lock-verification.js';
import { waitingSteps } from './machine.js';
import { stepFact } from './step-fact.js';
import type { StepKey } from './step-store.js';
import { readTargets } from './targets.js';

const FAIL = prepared(`
  with told as (
    update verification_step set status = 'FAILED', failure_reason = $6
    where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and status = 'QUEUED'
      and sends = $5 - 1
    returning *
  ), ${eventsOf(stepFact('undelivered'))}
  select index from told`);

// A contact that takes no more messages is one that cannot be delivered to: its step fails like the one before it, so
// that the verification goes on or ends, and never waits for a window to pass. Only where the failed step is the
// current one: a report that comes late must not spend the steps behind one that was moved to since.
const PASS_OVER = prepared(`
  with told as (
  update verification_step s set status = 'FAILED', failure_reason = 'too much was sent to this contact'
  from verification v
  where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = any($5::smallint[])
    and s.status = 'PENDING' and v.workspace_id = $1 and v.mode = $2 and v.id = $3 and ${isOpen('v')}
    and v.current_step_index = $4
  returning s.*
  ), ${eventsOf(stepFact('undelivered'))}
  select 1 where false`);

// While a message is out that is not known to be lost, its code may still be entered. One that has expired or spent its
// attempts is stored as PENDING too: a report that comes late must not end it a second time, nor undo a last guess that
// is being compared.
const FINISH = prepared(`
  with v as (
  update verification v set status = 'FAILED', updated_at = now()
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and ${isOpen('v')} and not exists (
    select from verification_step s where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3
      and (s.sends > s.lost or s.status in ('QUEUED', 'PENDING')))
  returning v.*
  ), ${eventsOf({
    type: `'verification.failed'`,
    objectType: 'Verification',
    objectId: 'v.id',
    once: `'failed'`,
    data: verificationData('v', `'reason', 'UNDELIVERABLE'`),
    step: { verificationId: 'v.id', index: 'v.current_step_index' },
    from: 'v',
  })}
  select 1 where false`);

interface Failure {
  readonly reason: string;
  readonly requestId: string;
}

/** Writes down that a step cannot be delivered, and takes the next; without one, the verification ends. */
export async function failStep(deps: FailOverDeps, step: StepKey, { reason, requestId }: Failure): Promise<void> {
  const { workspaceId, mode, verificationId, index, send } = step;
  const values = [workspaceId, mode, verificationId, index, send, reason.slice(0, 200)];
  const fail = async (transaction: Transaction) => (await runOne(transaction, FAIL, values)) !== undefined;
  await leaveStep(deps, step, { requestId, fail });
}

interface Leaving {
  readonly requestId: string;
  /** Marks the step as failed; false where it is not to be failed any more, and nothing else is done. */
  fail(transaction: Transaction): Promise<boolean>;
}

/** Marks a step as failed and moves on from it, past contacts that take no message, or ends the verification. */
export async function leaveStep(deps: FailOverDeps, step: StepKey, { requestId, fail }: Leaving): Promise<void> {
  const { workspaceId, mode, verificationId, index } = step;
  const world = { workspaceId, mode };
  const { next, passedOver } = await takeNext(deps, world, verificationId, index);
  let isMoved = false;
  try {
    isMoved = await deps.database.transaction(async (transaction) => {
      await lockVerification(transaction, world, verificationId);
      if (!(await fail(transaction))) return false;
      if (passedOver.length > 0)
        await run(transaction, PASS_OVER, [workspaceId, mode, verificationId, index, passedOver]);
      const position = { id: verificationId, currentStepIndex: index };
      const taken = next && (await move(deps, transaction, world, position, { stepIndex: next.stepIndex, requestId }));
      if (!taken) await endWhereAllIsLost(transaction, step);
      return taken !== undefined;
    });
  } finally {
    // Where the transaction throws too: the job is tried again, and each try counts the message anew.
    if (!isMoved) await next?.release();
  }
}

/** Ends a verification that the transaction holds, where nothing of it is out or waits. */
export async function endWhereAllIsLost(
  transaction: Transaction,
  { workspaceId, mode, verificationId }: Pick<StepKey, 'workspaceId' | 'mode' | 'verificationId'>,
): Promise<void> {
  await run(transaction, FINISH, [workspaceId, mode, verificationId]);
}

/** The next step whose contact takes another message, counted already, and those before it that take none. */
async function takeNext({ database, sendCaps }: FailOverDeps, world: World, verificationId: string, failed: number) {
  const passedOver: number[] = [];
  const steps = await readTargets(database.pool, world, verificationId);
  for (const { index, contact, isBlocked } of waitingSteps(steps, failed)) {
    const taken = isBlocked ? undefined : await sendCaps.take(world, contact);
    if (taken && 'release' in taken) return { next: { stepIndex: index, release: taken.release }, passedOver };
    passedOver.push(index);
  }
  return { next: undefined, passedOver };
}
