/** Verifications and their steps as callers see them. */
import type { World } from '../access/principal.js';
import { type Connection, run, type Timestamp, toDateOrNull } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import type { StepRecord } from './record.js';

interface StepRow {
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
  select index, channel, recipient, provider, template, status, sends, failure_reason, sent_at, delivered_at
  from verification_step
  where workspace_id = $1 and mode = $2 and verification_id = $3
  order by index`);

/** The steps of a verification, in the order in which failover takes them. */
export async function listSteps(pool: Connection, world: World, verificationId: string): Promise<StepRecord[]> {
  const rows = await run<StepRow>(pool, STEPS, [world.workspaceId, world.mode, verificationId]);
  return rows.map((row) => ({
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
  }));
}
