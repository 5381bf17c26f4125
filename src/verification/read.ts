/** Verifications and their steps as callers see them. */
import type { World } from '../access/principal.js';
import { type Connection, run, type Timestamp, toDateOrNull } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import { coalesceById } from '../kernel/coalesce.js';
import type { StepRecord } from './record.js';

interface StepRow {
  verification_id: string;
  index: number;
  channel: Channel;
  recipient: string;
  provider: string;
  template: string | null;
  status: StepStatus;
  sends: number;
  failure_reason: string | null;
  sent_at: Timestamp | null;
  delivered_at: Timestamp | null;
}

const STEPS = prepared(`
  select verification_id, index, channel, recipient, provider, template, status, sends, failure_reason, sent_at,
         delivered_at
  from verification_step
  where workspace_id = $1 and mode = $2 and verification_id = any($3::uuid[])
  order by verification_id, index`);

/** The steps of a verification, in the order in which failover takes them; none where there is no such verification. */
export type StepLister = (world: World, verificationId: string) => Promise<readonly StepRecord[]>;

/** A lister that reads the steps of all verifications of a list together. */
export function createStepLister(pool: Connection): StepLister {
  const list = coalesceById(
    async ({ workspaceId, mode }: World, ids) => {
      const rows = await run<StepRow>(pool, STEPS, [workspaceId, mode, ids]);
      const steps = Map.groupBy(rows, (row) => row.verification_id);
      return new Map([...steps].map(([id, group]) => [id, group.map(toStep)]));
    },
    // What is read of a verification and of its steps is to be of nearly the same moment.
    { brief: true },
  );
  return async (world, verificationId) => (await list(world, verificationId)) ?? [];
}

const toStep = (row: StepRow): StepRecord => ({
  index: row.index,
  channel: row.channel,
  recipient: row.recipient,
  provider: row.provider,
  template: row.template,
  status: row.status,
  sends: row.sends,
  failureReason: row.failure_reason,
  sentAt: toDateOrNull(row.sent_at),
  deliveredAt: toDateOrNull(row.delivered_at),
});
