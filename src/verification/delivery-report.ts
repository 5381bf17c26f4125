/**
 * What a vendor reports about a message that it took. Reports come twice, late and in any order: each is one guarded
 * change that finds nothing to do the second time. DELIVERED is never taken back, and a failure counts once.
 */
import { type Database, runOne, type Transaction, type Value } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Mode } from '../kernel/world.js';
import type { DeliveryReport } from '../providers/callback.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { type CarriedStep, successorOf } from './carriers.js';
import type { FailOverDeps } from './fail-over.js';
import { endWhereAllIsLost, leaveStep } from './fail-step.js';
import { lockVerification } from './lock-verification.js';
import { parseReference } from './message-reference.js';
import { DELIVER, FAIL, HAND_ON, IS_EARLIER, LOSE, NEWS } from './report-statements.js';
import type { StepKey } from './step-store.js';

export interface ReportDeps extends FailOverDeps {
  readonly providers: ProviderRegistry;
}

/** Applies one report. A message that nobody knows changes nothing. */
export async function applyReport(
  deps: ReportDeps,
  provider: string,
  report: DeliveryReport,
  requestId: string,
): Promise<void> {
  // That it was handed on is known from the answer to the call.
  if (report.status === 'SENT') return;
  const step = await findMessage(deps.database, provider, report);
  if (!step) return;
  if (report.status === 'DELIVERED') await runOne(deps.database.pool, DELIVER, valuesOf(step, provider));
  else await fail(deps, step, provider, { reason: report.reason ?? `${provider} could not deliver it`, requestId });
}

// Without a workspace: a vendor that cannot be given a reference names its own id
// only. The signature was checked before.
const BY_PROVIDER_REF = prepared(`
  select workspace_id, mode, verification_id, index, sends from verification_step
  where provider = $1 and provider_ref = $2 and mode = 'LIVE'`);

async function findMessage(
  { pool }: Database,
  provider: string,
  { message }: DeliveryReport,
): Promise<StepKey | undefined> {
  if ('reference' in message) return parseReference(message.reference);
  const row = await runOne<{ workspace_id: string; mode: Mode; verification_id: string; index: number; sends: number }>(
    pool,
    BY_PROVIDER_REF,
    [provider, message.providerRef],
  );
  return (
    row && {
      workspaceId: row.workspace_id,
      mode: row.mode,
      verificationId: row.verification_id,
      index: row.index,
      send: row.sends,
    }
  );
}

const valuesOf = ({ workspaceId, mode, verificationId, index, send }: StepKey, provider: string) => [
  workspaceId,
  mode,
  verificationId,
  index,
  send,
  provider,
];

const CARRIED = prepared(`
  select s.channel, s.recipient, s.provider, s.content, s.mode, v.kind, v.locale,
         v.is_locale_named as "isLocaleNamed", v.code_length as "codeLength", v.timeout_seconds as "timeoutSeconds", v.max_attempts as "maxAttempts",
         ${IS_EARLIER} as "isEarlier"
  from verification_step s
  join verification v on v.workspace_id = s.workspace_id and v.mode = s.mode and v.id = s.verification_id
  where ${NEWS}`);

interface ReportedStep extends CarriedStep {
  readonly isEarlier: boolean;
}

/** The next provider of the channel takes the message, else the next step does; attempts stay as they are. */
async function fail(
  deps: ReportDeps,
  step: StepKey,
  provider: string,
  { reason, requestId }: { reason: string; requestId: string },
): Promise<void> {
  const { database } = deps;
  const carried = await runOne<ReportedStep>(database.pool, CARRIED, valuesOf(step, provider));
  if (!carried) return;
  const lose = (transaction: Transaction) => countLoss(transaction, step, provider);
  if (carried.isEarlier && (await database.transaction(lose))) return;
  const next = successorOf(deps.providers, carried);
  const values = [...valuesOf(step, provider), reason.slice(0, 200)];
  if (next && (await handOn(deps, step, [...values, next.name], requestId))) return;
  const markFailed = async (transaction: Transaction) => {
    if (await runOne(transaction, FAIL, values)) return true;
    // A resend may have been granted since the step was read.
    await lose(transaction);
    return false;
  };
  await leaveStep(deps, step, { requestId, fail: markFailed });
}

/** Of a step that was sent again nobody takes over an earlier message; when all are lost, nobody waits for a code. */
async function countLoss(transaction: Transaction, step: StepKey, provider: string): Promise<boolean> {
  await lockVerification(transaction, step, step.verificationId);
  if (!(await runOne(transaction, LOSE, valuesOf(step, provider)))) return false;
  await endWhereAllIsLost(transaction, step);
  return true;
}

/** It is the message that was counted against the caps already, by another way: it is not counted again. */
async function handOn(deps: ReportDeps, step: StepKey, values: Value[], requestId: string): Promise<boolean> {
  return deps.database.transaction(async (transaction) => {
    await lockVerification(transaction, step, step.verificationId);
    if (!(await runOne(transaction, HAND_ON, values))) return false;
    const { workspaceId, mode, verificationId, index: stepIndex, send } = step;
    const job = { workspaceId, mode, verificationId, stepIndex, send: send + 1, requestId };
    await deps.outbox.enqueue(transaction, [job]);
    return true;
  });
}
