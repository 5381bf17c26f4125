/** What the queue's handler reads and writes of a step. Steps under way together are read and marked together. */
import type { World } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepContent } from '../entities/verification-step.js';
import { coalesce } from '../kernel/coalesce.js';

export interface StepKey extends World {
  readonly verificationId: string;
  readonly index: number;
}

/** A step whose message is to be sent now. */
export interface DueStep {
  readonly channel: Channel;
  readonly recipient: string;
  readonly identity: string;
  readonly provider: string;
  readonly content: StepContent | null;
  /** Messages of this step that were sent before. */
  readonly sends: number;
  readonly codeKeyId: string;
  readonly codeLength: number;
  readonly appName: string;
  readonly secondsLeft: number;
}

/** SKIPPED: the verification was finished before the message was sent. */
export interface StepMark extends StepKey {
  readonly status: 'SENT' | 'DELIVERED' | 'SKIPPED';
}

export interface StepStore {
  /** The step, or undefined when its verification was finished or has expired while the message waited. */
  due(step: StepKey): Promise<DueStep | undefined>;
  mark(mark: StepMark): Promise<void>;
}

const DUE = prepared(`
  select s.verification_id || '/' || s.index as name, s.channel, s.recipient, s.identity, s.provider, s.content, s.sends, v.code_key_id as "codeKeyId",
         v.code_length as "codeLength", w.app_name as "appName",
         extract(epoch from v.expires_at - now())::int as "secondsLeft"
  from unnest($3::uuid[], $4::smallint[]) as k (verification_id, index)
  join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = k.verification_id and s.index = k.index
  join verification v on v.workspace_id = $1 and v.mode = $2 and v.id = k.verification_id
  join workspace w on w.id = $1
  where s.status = 'QUEUED' and v.status = 'PENDING' and v.expires_at > now()`);

const MARK = prepared(`
  update verification_step s set status = k.status, failure_reason = null,
    sends = s.sends + case when k.status = 'SKIPPED' then 0 else 1 end,
    sent_at = case when k.status = 'SKIPPED' then s.sent_at else now() end,
    delivered_at = case when k.status = 'DELIVERED' then now() end
  from unnest($3::uuid[], $4::smallint[], $5::text[]) as k (verification_id, index, status)
  where s.workspace_id = $1 and s.mode = $2 and s.verification_id = k.verification_id and s.index = k.index
    and s.status = 'QUEUED'`);

export function createStepStore(pool: Connection): StepStore {
  const due = coalesce(async (steps: readonly StepKey[]) => {
    const found = new Map<string, DueStep>();
    await eachWorld(steps, async (group, keys) => {
      for (const row of await run<DueStep & { name: string }>(pool, DUE, keys)) found.set(row.name, row);
      return group;
    });
    return steps.map(({ verificationId, index }) => found.get(`${verificationId}/${index}`));
  });
  const mark = coalesce(async (marks: readonly StepMark[]) => {
    await eachWorld(marks, (group, keys) => run(pool, MARK, [...keys, group.map(({ status }) => status)]));
    return marks;
  });
  return {
    due,
    mark: async (step) => void (await mark(step)),
  };
}

/** One statement for each world: a statement never reaches over two workspaces. */
async function eachWorld<Step extends StepKey>(
  steps: readonly Step[],
  work: (group: readonly Step[], keys: [string, string, string[], number[]]) => Promise<unknown>,
): Promise<void> {
  const worlds = Map.groupBy(steps, ({ workspaceId, mode }) => `${workspaceId}/${mode}`);
  await Promise.all(
    [...worlds.values()].map((group) => {
      const { workspaceId, mode } = group[0] as Step;
      const ids = group.map(({ verificationId }) => verificationId);
      return work(group, [workspaceId, mode, ids, group.map(({ index }) => index)]);
    }),
  );
}
