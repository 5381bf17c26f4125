/** `/inbox`: what test mode would have sent, as a page, as JSON and as a stream of server-sent events. */
import { setTimeout as pause } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authenticate, type CredentialReaders } from '../access/authenticate.js';
import type { Connection } from '../entities/database.js';
import { GatewayError } from '../kernel/errors.js';
import { globalId } from '../kernel/ids.js';
import type { MessageDeps } from '../verification/deliver-step.js';
import { clearInbox, type InboxMessage, listInbox } from '../verification/inbox.js';
import { endSession, type InboxTickets, openableBy, setSession, workspaceOf } from './inbox-session.js';
import { sendPage } from './pages.js';

export interface InboxDeps extends MessageDeps {
  readonly pool: Connection;
  /** What session cookies are signed with, newest first. */
  readonly cookieSecrets: readonly string[];
  readonly tickets: InboxTickets;
  readonly credentials: CredentialReaders;
  /** Whether browsers reach the gateway by https. */
  readonly isSecure: boolean;
}

/** How often an open page's messages are looked for. */
const LOOK_EVERY_MS = 400;
/** Pages that may follow at once: each costs a statement every time it looks. */
const MAX_FOLLOWERS = 20;

export async function registerInbox(app: FastifyInstance, deps: InboxDeps): Promise<void> {
  const { pool, credentials, tickets, isSecure } = deps;
  await app.register(cookie, { secret: [...deps.cookieSecrets] });
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  let followers = 0;

  app.get<{ Querystring: { ticket?: string } }>('/inbox', async ({ query }, reply) => {
    if (query.ticket === undefined) return sendPage(reply, 'inbox');
    const workspaceId = tickets.redeem(String(query.ticket));
    if (workspaceId !== undefined) await setSession(pool, reply, { workspaceId, keyId: null }, isSecure);
    // The ticket leaves the address bar, used or not.
    return reply.header('referrer-policy', 'no-referrer').header('cache-control', 'no-store').redirect('/inbox', 303);
  });
  app.post('/inbox/session', async (request, reply) => {
    const who = openableBy(await authenticate(credentials, request.headers, request.ip));
    await setSession(pool, reply, who, isSecure);
    return reply.header('cache-control', 'no-store').code(204).send();
  });
  app.delete('/inbox/session', async (_, reply) => endSession(reply).code(204).send());
  app.get('/inbox/messages', async (request, reply) => {
    const messages = await listInbox(deps, await workspaceOf(pool, request));
    return reply.header('cache-control', 'no-store').send({ messages: messages.map(describe) });
  });
  app.delete('/inbox/messages', async (request, reply) => {
    refuseOtherSites(request);
    await clearInbox(pool, await workspaceOf(pool, request));
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>('/inbox/messages/:id/html', async (request, reply) => {
    const messages = await listInbox(deps, await workspaceOf(pool, request));
    const html = messages.find(({ id }) => id === request.params.id)?.message;
    if (!html?.html) throw new GatewayError('NOT_FOUND', 'There is no such email.');
    return sendEmail(reply, withPictures(html.html, html.attachments ?? []));
  });
  app.get('/inbox/events', async (request, reply) => {
    const workspaceId = await workspaceOf(pool, request);
    if (followers >= MAX_FOLLOWERS) {
      throw new GatewayError('SERVICE_UNAVAILABLE', 'Too many pages follow the inbox; close one.');
    }
    followers += 1;
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    try {
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      for await (const event of eventsOf(deps, workspaceId, signal)) reply.raw.write(event);
    } finally {
      followers -= 1;
      reply.raw.end();
    }
  });
}

/** All messages whenever they change (WHATWG HTML, "Server-sent events"); a comment now and then keeps proxies patient. */
async function* eventsOf(deps: InboxDeps, workspaceId: string, signal: AbortSignal): AsyncGenerator<string> {
  let last = '';
  for (let looks = 0; !signal.aborted; looks += 1) {
    const messages = JSON.stringify((await listInbox(deps, workspaceId)).map(describe));
    if (messages !== last) yield `event: messages\ndata: ${messages}\n\n`;
    else if (looks % 40 === 0) yield ': still here\n\n';
    last = messages;
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

function describe(entry: InboxMessage) {
  const { id, verificationId, channel, status, failureReason, locale, sends, at, message, recipient, code, link } =
    entry;
  return {
    id,
    verificationId: globalId('Verification', verificationId),
    channel,
    status,
    failureReason,
    locale,
    sends,
    at,
    to: recipient,
    from: message?.senderId ?? message?.senderName ?? '',
    subject: message?.subject ?? '',
    text: message?.text ?? '',
    html: message?.html === undefined ? null : `/inbox/messages/${id}/html`,
    code,
    link,
  };
}

// Fetch Metadata: browsers say where a request comes from, and no page of another site can say otherwise. A cookie
// that is sent along must not let such a page clear the inbox.
function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new GatewayError('FORBIDDEN', 'The inbox is cleared from its own page only.');
}

/** An email in the frame: no script, no form, no link out of it, and nothing loaded from anywhere. */
function sendEmail(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .headers({
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(html);
}

/** Related parts put where a mail program would show them (RFC 2392). */
function withPictures(html: string, parts: readonly { cid: string; contentType: string; content: Buffer }[]): string {
  return parts.reduce(
    (text, { cid, contentType, content }) =>
      text.replaceAll(`cid:${cid}`, `data:${contentType};base64,${content.toString('base64')}`),
    html,
  );
}
