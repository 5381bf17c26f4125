/** What the queue's handler reads and writes of a step. Steps under way together are read and marked together. */
import { type Connection, run, runOne } from '../entities/database.js';
import { eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { runTold, told } from '../entities/told.js';
import { isOpen, type VerificationKind } from '../entities/verification.js';
import type { Channel, StepContent } from '../entities/verification-step.js';
import { coalesce } from '../kernel/coalesce.js';
import { byWorld, type Mode, type World } from '../kernel/world.js';
import { stepFact } from './step-fact.js';

export interface StepKey extends World {
  readonly verificationId: string;
  readonly index: number;
  /** Which message of the step, from 1: a job that comes late must not speak for the message of a resend. */
  readonly send: number;
}

/** What the message of a step is made of. */
export interface MessageStep {
  readonly kind: VerificationKind;
  readonly channel: Channel;
  readonly recipient: string;
  readonly identity: string;
  readonly content: StepContent | null;
  readonly locale: string;
  readonly autofillDomain: string | null;
  readonly codeKeyId: string;
  readonly codeLength: number;
  readonly appName: string;
  readonly secondsLeft: number;
}

/** A step whose message is to be sent now. */
export interface DueStep extends MessageStep {
  readonly provider: string;
  readonly isLocaleNamed: boolean;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
}

/** SKIPPED: the verification was finished before the message was sent. */
export interface StepMark extends StepKey {
  readonly status: 'SENT' | 'DELIVERED' | 'SKIPPED';
  /** The vendor's id of the message. */
  readonly providerRef?: string;
}

/** A provider gives way to another before it has taken the message. */
export interface TakeOver extends StepKey {
  readonly from: string;
  readonly to: string;
}

/**
 * What came of handing a message on. OVERTAKEN: another worker did so meanwhile, and may have ended without sending it.
 * LEFT: the message is no longer waiting.
 */
export type Change = 'TAKEN' | 'OVERTAKEN' | 'LEFT';

export interface StepStore {
  /** The step, or undefined when its verification was finished or has expired while the message waited. */
  due(step: StepKey): Promise<DueStep | undefined>;
  mark(mark: StepMark): Promise<void>;
  takeOver(change: TakeOver): Promise<Change>;
}

const DUE = prepared(`
  select k.verification_id || '/' || k.index || '/' || k.send as name, s.channel, s.recipient, s.identity, s.provider,
         s.content, v.kind, v.locale, v.is_locale_named as "isLocaleNamed", w.autofill_domain as "autofillDomain",
         v.code_key_id as "codeKeyId", v.code_length as "codeLength",
         v.timeout_seconds as "timeoutSeconds", v.max_attempts as "maxAttempts", w.app_name as "appName",
         extract(epoch from v.expires_at - now())::int as "secondsLeft"
  from unnest($3::uuid[], $4::smallint[], $5::smallint[]) as k (verification_id, index, send)
  join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = k.verification_id and s.index = k.index
  join verification v on v.workspace_id = $1 and v.mode = $2 and v.id = k.verification_id
  join workspace w on w.id = $1
  where s.status = 'QUEUED' and s.sends = k.send - 1
    and ${isOpen('v')}`);

/** What becomes of a step `s` whose message is not sent after all: an earlier message of it stays what it was. */
export const LEFT_UNSENT = `
  case when s.sends = 0 then 'SKIPPED' when s.delivered_at is null then 'SENT' else 'DELIVERED' end`;

// A message that went out is counted even when failover has left its step meanwhile: its code may still be entered.
const MARK = told(
  ({ guard, telling, select }) => `
  with told as (
  update verification_step s set failure_reason = null,
    status = case k.status when 'SKIPPED' then ${LEFT_UNSENT} else k.status end,
    sends = case k.status when 'SKIPPED' then s.sends else k.send end,
    sent_at = case k.status when 'SKIPPED' then s.sent_at else now() end,
    delivered_at = case k.status when 'SKIPPED' then s.delivered_at when 'DELIVERED' then now() end,
    provider_ref = case k.status when 'SKIPPED' then s.provider_ref else k.provider_ref end,
    earlier_refs = case when k.status <> 'SKIPPED' and s.provider_ref <> k.provider_ref
      then s.earlier_refs || s.provider_ref::text else s.earlier_refs end
  from unnest($3::uuid[], $4::smallint[], $5::smallint[], $6::text[], $7::text[])
    as k (verification_id, index, send, status, provider_ref)
  where s.workspace_id = $1 and s.mode = $2 and s.verification_id = k.verification_id and s.index = k.index
    and s.sends = k.send - 1 and (s.status = 'QUEUED' or k.status <> 'SKIPPED') ${guard}
  returning s.*, k.status as mark
  ) ${telling(`, ${eventsOf(stepFact('sent', `told.mark <> 'SKIPPED'`), stepFact('delivered', `told.mark = 'DELIVERED'`, 1))}`)}
  ${select('select 1 where false')}`,
);

/** All messages of a step up to this one, as `reported` has them. */
export const messagesUpTo = (send: string): string => `array(select generate_series(1, ${send}::int)::smallint)`;

// Written before the other provider is asked: its report may come before its answer. It is heard about its own messages
// only: of those before it could say that they are lost.
const TAKE_OVER = prepared(`
  with taken as (
    update verification_step set provider = $7, reported = ${messagesUpTo('sends')}
    where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and sends = $5 - 1
      and status = 'QUEUED' and provider = $6
    returning index
  )
  select case when exists (select from taken) then 'TAKEN' else 'OVERTAKEN' end as change
  from verification_step
  where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and sends = $5 - 1
    and status = 'QUEUED'`);

export function createStepStore(pool: Connection): StepStore {
  const due = coalesce(async (steps: readonly StepKey[]) => {
    const found = new Map<string, DueStep>();
    await eachWorld(steps, async (group, keys) => {
      for (const row of await run<DueStep & { name: string }>(pool, DUE, keys)) found.set(row.name, row);
      return group;
    });
    return steps.map(({ verificationId, index, send }) => found.get(`${verificationId}/${index}/${send}`));
  });
  const mark = coalesce(async (marks: readonly StepMark[]) => {
    await eachWorld(marks, (group, keys) => {
      const refs = group.map(({ providerRef }) => providerRef?.slice(0, 100) ?? null);
      return runTold(pool, MARK, [...keys, group.map(({ status }) => status), refs]);
    });
    return marks;
  });
  return {
    due,
    mark: async (step) => void (await mark(step)),
    async takeOver({ workspaceId, mode, verificationId, index, send, from, to }) {
      const values = [workspaceId, mode, verificationId, index, send, from, to];
      return (await runOne<{ change: Change }>(pool, TAKE_OVER, values))?.change ?? 'LEFT';
    },
  };
}

/** One statement for each world: a statement never reaches over two workspaces. */
async function eachWorld<Step extends StepKey>(
  steps: readonly Step[],
  work: (group: readonly Step[], keys: [string, Mode, string[], number[], number[]]) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    byWorld(steps, (step) => step).map(([{ workspaceId, mode }, group]) => {
      const ids = group.map(({ verificationId }) => verificationId);
      const indexes = group.map(({ index }) => index);
      const sends = group.map(({ send }) => send);
      return work(group, [workspaceId, mode, ids, indexes, sends]);
    }),
  );
}
