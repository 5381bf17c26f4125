/**
 * What a vendor reports about a message that it took. Reports come twice, late and in any order: each is one guarded
 * change that finds nothing to do the second time. DELIVERED is never taken back, and a failure counts once.
 */
import { type Database, runOne, type Transaction, type Value } from '../entities/database.js';
import { eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import type { Mode } from '../kernel/world.js';
import type { DeliveryReport } from '../providers/callback.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { type CarriedStep, successorOf } from './carriers.js';
import type { FailOverDeps } from './fail-over.js';
import { leaveStep } from './fail-step.js';
import { lockVerification } from './lock-verification.js';
import { MAX_SENDS } from './machine.js';
import { parseReference } from './message-reference.js';
import { stepFact } from './step-fact.js';
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

// A report can be faster than the worker that writes down the answer to the call: then the message is counted here,
// and the worker finds it counted. One about a provider that was given up is about no message that the row knows.
const MESSAGE = `
  s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4 and s.provider = $6`;
const COUNTED_HERE = `s.status = 'QUEUED' and s.sends = $5 - 1`;

// While a resend waits, the message before it arrives: the step stays queued.
const DELIVER = prepared(`
  with told as (
  update verification_step s set sends = $5, sent_at = coalesce(s.sent_at, now()), delivered_at = now(),
    failure_reason = null, status = case when s.status = 'QUEUED' and s.sends = $5 then s.status else 'DELIVERED' end
  where ${MESSAGE} and s.delivered_at is null
    and (s.sends = $5 and s.status in ('SENT', 'QUEUED') or ${COUNTED_HERE})
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('delivered', 'true', 1))}
  select index from told`);

const FAILABLE = `${MESSAGE} and s.delivered_at is null and (s.sends = $5 and s.status = 'SENT' or ${COUNTED_HERE})`;

const FAIL = prepared(`
  with told as (
  update verification_step s set status = 'FAILED', sends = $5, lost = s.lost + 1,
    sent_at = coalesce(s.sent_at, now()), failure_reason = $7
  where ${FAILABLE}
  returning s.*
  ), ${eventsOf(stepFact('sent'), stepFact('undelivered', 'true', 1))}
  select index from told`);

const HAND_ON = prepared(`
  with told as (
  update verification_step s set status = 'QUEUED', sends = $5, lost = s.lost + 1,
    sent_at = coalesce(s.sent_at, now()), failure_reason = $7, provider = $8
  from verification v
  where ${FAILABLE} and $5 < ${MAX_SENDS} and v.workspace_id = $1 and v.mode = $2 and v.id = $3
    and ${isOpen('v')} and v.current_step_index = $4
  returning s.*
  ), ${eventsOf(stepFact('sent'))}
  select index from told`);

const CARRIED = prepared(`
  select s.channel, s.recipient, s.provider, s.content, s.mode, v.kind, v.locale,
         v.is_locale_named as "isLocaleNamed", v.code_length as "codeLength", v.timeout_seconds as "timeoutSeconds", v.max_attempts as "maxAttempts"
  from verification_step s
  join verification v on v.workspace_id = s.workspace_id and v.mode = s.mode and v.id = s.verification_id
  where ${MESSAGE} and s.sends <= $5`);

/** The next provider of the channel takes the message, else the next step does; attempts stay as they are. */
async function fail(
  deps: ReportDeps,
  step: StepKey,
  provider: string,
  { reason, requestId }: { reason: string; requestId: string },
): Promise<void> {
  const { pool } = deps.database;
  const carried = await runOne<CarriedStep>(pool, CARRIED, valuesOf(step, provider));
  if (!carried) return;
  const next = successorOf(deps.providers, carried);
  const values = [...valuesOf(step, provider), reason.slice(0, 200)];
  if (next && (await handOn(deps, step, [...values, next.name], requestId))) return;
  const markFailed = async (transaction: Transaction) => (await runOne(transaction, FAIL, values)) !== undefined;
  await leaveStep(deps, step, { requestId, fail: markFailed });
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
