/**
 * What test mode would have sent. Nothing of it is stored: the newest steps are read, and their messages are rendered
 * again, which gives the same texts because codes and links are derived.
 */

import { type Connection, run, type Timestamp, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import { TEST_CODE } from '../kernel/codes.js';
import type { OutboundMessage } from '../providers/provider.js';
import { linkUrl, type MessageDeps, messageOf } from './deliver-step.js';
import { messageIdOf } from './message-reference.js';
import type { MessageStep } from './step-store.js';

/** One message of test mode, as its recipient would have had it. */
export interface InboxMessage {
  /** `<verification>.<step>.<send>`, the same for every try. */
  readonly id: string;
  readonly verificationId: string;
  readonly channel: Channel;
  readonly status: StepStatus;
  readonly failureReason: string | null;
  readonly locale: string;
  /** Messages of this step so far; a step shows its latest. */
  readonly sends: number;
  /** When it was sent, or when the step began that failed. */
  readonly at: Date;
  /** Absent where the recipient could not be reached. */
  readonly message: OutboundMessage | undefined;
  readonly recipient: string;
  readonly code: string | null;
  readonly link: string | null;
}

interface InboxRow extends MessageStep {
  verificationId: string;
  index: number;
  sends: number;
  status: StepStatus;
  failureReason: string | null;
  at: Timestamp;
}

/** How many of a workspace's newest verifications the inbox looks at. */
const NEWEST = 100;

const LIST = prepared(`
  select v.id as "verificationId", s.index, s.sends, s.status, s.failure_reason as "failureReason",
         coalesce(s.sent_at, v.created_at) as at, s.channel, s.recipient, s.identity, s.content, v.kind, v.locale,
         w.autofill_domain as "autofillDomain", v.code_key_id as "codeKeyId", v.code_length as "codeLength",
         w.app_name as "appName",
         extract(epoch from v.expires_at - coalesce(s.sent_at, v.created_at))::int as "secondsLeft"
  from (select * from verification where workspace_id = $1 and mode = 'TEST' order by id desc limit ${NEWEST}) v
  join workspace w on w.id = v.workspace_id
  join verification_step s on s.workspace_id = v.workspace_id and s.mode = v.mode and s.verification_id = v.id
  where (s.sends > 0 or s.status = 'FAILED')
    and coalesce(s.sent_at, v.created_at) > coalesce(w.inbox_cleared_at, '-infinity')
  order by at desc, v.id desc, s.index desc`);

export interface InboxDeps extends MessageDeps {
  readonly pool: Connection;
}

/** The newest messages of a workspace's test mode, newest first; never one of live mode. */
export async function listInbox({ pool, ...deps }: InboxDeps, workspaceId: string): Promise<InboxMessage[]> {
  const rows = await run<InboxRow>(pool, LIST, [workspaceId]);
  return rows.map((row) => {
    const { verificationId, index, sends, status, failureReason, channel, locale, recipient } = row;
    const step = { workspaceId, mode: 'TEST' as const, verificationId, index, send: Math.max(1, sends) };
    const message = sends > 0 ? messageOf(deps, step, row) : undefined;
    const code = message && row.kind === 'CODE' ? TEST_CODE : null;
    const link = message && row.kind === 'LINK' ? linkUrl(deps, step, row) : null;
    const id = messageIdOf(step);
    const at = toDate(row.at);
    return { id, verificationId, channel, status, failureReason, locale, sends, at, message, recipient, code, link };
  });
}

/** Hides what was sent until now. */
export async function clearInbox(pool: Connection, workspaceId: string): Promise<void> {
  await run(pool, 'update workspace set inbox_cleared_at = now() where id = $1', [workspaceId]);
}
