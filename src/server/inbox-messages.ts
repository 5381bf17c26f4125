/** How messages of the inbox leave the server: as JSON, as events for a page that follows, and as an email in its frame. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { globalId } from '../kernel/ids.js';
import type { OutboundMessage } from '../providers/provider.js';
import { type InboxDeps, type InboxMessage, listInbox, readInbox } from '../verification/inbox.js';

/** How often an open page's messages are looked for. */
const LOOK_EVERY_MS = 250;
/** After so many looks without news a page is told that the line is up, and its session is checked: five seconds. */
const CHECK_EVERY = 20;

/** All messages, newest first. */
export async function allMessages(deps: InboxDeps, workspaceId: string) {
  const ids = (await listInbox(deps.pool, workspaceId)).map(({ id }) => id);
  return (await readInbox(deps, workspaceId, ids)).map(describe);
}

/**
 * Tells what changed, first of all everything (WHATWG HTML, "Server-sent events"): the ids of all messages, newest
 * first, and those messages that are new or not what they were.
 * @param isOpen whether the page may still look
 */
export async function* inboxEvents(
  deps: InboxDeps,
  workspaceId: string,
  signal: AbortSignal,
  isOpen: () => Promise<boolean>,
): AsyncGenerator<string> {
  let marks: ReadonlyMap<string, string> | undefined;
  for (let looks = 1; !signal.aborted; looks += 1) {
    const entries = await listInbox(deps.pool, workspaceId);
    const changed = entries.filter(({ id, mark }) => marks?.get(id) !== mark).map(({ id }) => id);
    if (changed.length > 0 || entries.length !== marks?.size) {
      const messages = (await readInbox(deps, workspaceId, changed)).map(describe);
      yield `event: messages\ndata: ${JSON.stringify({ ids: entries.map(({ id }) => id), changed: messages })}\n\n`;
    }
    marks = new Map(entries.map(({ id, mark }) => [id, mark]));
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    if (looks % CHECK_EVERY !== 0) continue;
    if (!(await isOpen())) return;
    // Proxies cut lines on which nothing is said.
    yield ': still here\n\n';
  }
}

function describe(entry: InboxMessage) {
  const { verificationId, message, recipient, ...shared } = entry;
  return {
    ...shared,
    verificationId: globalId('Verification', verificationId),
    to: recipient,
    from: message?.senderId ?? message?.senderName ?? '',
    subject: message?.subject ?? '',
    text: message?.text ?? '',
    html: message?.html === undefined ? null : `/inbox/messages/${shared.id}/html`,
  };
}

/** An email in the frame: no script, no form, no link out of it, and nothing loaded from anywhere. */
export function sendEmail(reply: FastifyReply, { html = '', attachments = [] }: OutboundMessage): FastifyReply {
  return reply
    .headers({
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(withPictures(html, attachments));
}

/** Related parts put where a mail program would show them (RFC 2392). */
function withPictures(html: string, parts: readonly { cid: string; contentType: string; content: Buffer }[]): string {
  return parts.reduce(
    (text, { cid, contentType, content }) =>
      text.replaceAll(`cid:${cid}`, `data:${contentType};base64,${content.toString('base64')}`),
    html,
  );
}
