/** The rows that count messages against the caps, set to where thousands of messages would have left them. */
import { createHmac } from 'node:crypto';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { SEND_CAPS } from '../../src/verification/send-cap-counters.js';
import type { Sql } from './database-state.js';

/** Test mode counts up to ten times as many. */
const TEST_FACTOR = 10;

export interface Cap {
  readonly workspaceId: string;
  readonly cap: keyof typeof SEND_CAPS;
  /** Whom it is about: a country, a key; a workspace's own has none. */
  readonly value?: string;
}

/** Leaves this many messages of test mode under a cap, of which none may have been counted yet in this process. */
export async function leaveMessages(sql: Sql, secret: string, { workspaceId, cap, value }: Cap, left: number) {
  const { max, windowMs } = SEND_CAPS[cap];
  const name = JSON.stringify([workspaceId, 'TEST', 'send', cap, value]);
  const key = createHmac('sha256', deriveKeyRing([secret], 'limit').current.key)
    .update(name)
    .digest();
  await sql(
    `insert into rate_limit_window (workspace_id, key, hits, expires_at)
     values ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
    [workspaceId, key, max * TEST_FACTOR - left, windowMs],
  );
}
