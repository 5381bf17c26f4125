/**
 * What test mode would have sent. Nothing of it is stored: the newest steps are read, and their messages are rendered
 * again, which gives the same texts because codes and links are derived.
 */
import { type Connection, run, type Timestamp, toDate } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import { TEST_CODE } from '../kernel/codes.js';
import { isUuid } from '../kernel/ids.js';
import { type OutboundMessage, ProviderError } from '../providers/provider.js';
import { linkUrl, type MessageDeps, messageOf } from './deliver-step.js';
import type { MessageStep, StepKey } from './step-store.js';

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
  /** Absent where the recipient could not be reached, or the secret that its link was derived with is gone. */
  readonly message: OutboundMessage | undefined;
  readonly recipient: string;
  readonly code: string | null;
  readonly link: string | null;
}

/** A message that is there: as long as its mark is the same, so is all that is shown of it. */
export interface InboxEntry {
  readonly id: string;
  readonly mark: string;
}

export interface InboxDeps extends MessageDeps {
  readonly pool: Connection;
}

/** How many of a workspace's newest verifications the inbox looks at. */
const NEWEST = 100;

const AT = 'coalesce(s.sent_at, v.created_at)';
const IS_SHOWN = `(s.sends > 0 or s.status = 'FAILED') and ${AT} > coalesce(w.inbox_cleared_at, '-infinity')`;

// Read several times a second while a page is open, so without what callers put into an email: a logo is kilobytes. What
// is not in the mark is written once and never changed.
const LIST = prepared(`
  select concat(v.id, '.', s.index, '.', greatest(s.sends, 1)) as id,
         row(s.status, s.failure_reason, ${AT}, w.app_name, w.autofill_domain)::text as mark
  from (select id, workspace_id, mode, created_at from verification
        where workspace_id = $1 and mode = 'TEST' order by id desc limit ${NEWEST}) v
  join workspace w on w.id = v.workspace_id
  join verification_step s on s.workspace_id = v.workspace_id and s.mode = v.mode and s.verification_id = v.id
  where ${IS_SHOWN}
  order by ${AT} desc, v.id desc, s.index desc`);

const READ = prepared(`
  select v.id as "verificationId", s.index, s.sends, s.status, s.failure_reason as "failureReason", ${AT} as at,
         s.channel, s.recipient, s.identity, s.content, v.kind, v.locale, w.autofill_domain as "autofillDomain",
         v.code_key_id as "codeKeyId", v.code_length as "codeLength", w.app_name as "appName",
         extract(epoch from v.expires_at - ${AT})::int as "secondsLeft"
  from unnest($2::uuid[], $3::smallint[]) as k (verification_id, index)
  join verification v on v.workspace_id = $1 and v.mode = 'TEST' and v.id = k.verification_id
  join workspace w on w.id = v.workspace_id
  join verification_step s on s.workspace_id = v.workspace_id and s.mode = v.mode and s.verification_id = v.id
    and s.index = k.index
  where ${IS_SHOWN}`);

interface InboxRow extends MessageStep {
  verificationId: string;
  index: number;
  sends: number;
  status: StepStatus;
  failureReason: string | null;
  at: Timestamp;
}

/** What is in the inbox of a workspace's test mode, newest first; never anything of live mode. */
export const listInbox = (pool: Connection, workspaceId: string): Promise<InboxEntry[]> =>
  run<InboxEntry>(pool, LIST, [workspaceId]);

/** The messages with these ids, in their order; what the inbox does not show any more is left out. */
export async function readInbox(deps: InboxDeps, workspaceId: string, ids: readonly string[]): Promise<InboxMessage[]> {
  const keys = ids.map((id) => id.split('.')).filter(([id = '', index = '']) => isUuid(id) && /^\d$/.test(index));
  if (keys.length === 0) return [];
  const values = [workspaceId, keys.map(([id]) => id as string), keys.map(([, index]) => Number(index))];
  const messages = (await run<InboxRow>(deps.pool, READ, values)).map((row) => show(deps, workspaceId, row));
  const byId = new Map(messages.map((message) => [message.id, message]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function show(deps: MessageDeps, workspaceId: string, row: InboxRow): InboxMessage {
  const { verificationId, index, sends, status, failureReason, channel, locale, recipient } = row;
  const step: StepKey = { workspaceId, mode: 'TEST', verificationId, index, send: Math.max(1, sends) };
  const shared = { verificationId, channel, status, locale, sends, at: toDate(row.at), recipient };
  const id = `${verificationId}.${index}.${step.send}`;
  const unsent = { ...shared, id, failureReason, message: undefined, code: null, link: null };
  if (sends === 0) return unsent;
  try {
    const message = messageOf(deps, step, row);
    const isLink = row.kind === 'LINK';
    return { ...unsent, message, code: isLink ? null : TEST_CODE, link: isLink ? linkUrl(deps, step, row) : null };
  } catch (error) {
    // One message whose secret was taken out must not close the inbox to all others.
    if (error instanceof ProviderError) return { ...unsent, failureReason: error.reason };
    throw error;
  }
}

/** Hides what was sent until now. */
export async function clearInbox(pool: Connection, workspaceId: string): Promise<void> {
  await run(pool, 'update workspace set inbox_cleared_at = now() where id = $1', [workspaceId]);
}
