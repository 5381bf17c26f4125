/** `/inbox`: what test mode would have sent, as a page, as JSON and as a stream of server-sent events. */
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authenticate, type CredentialReaders } from '../access/authenticate.js';
import { GatewayError } from '../kernel/errors.js';
import { clearInbox, type InboxDeps as MessageDeps, readInbox } from '../verification/inbox.js';
import { allMessages, inboxEvents, sendEmail } from './inbox-messages.js';
import { endSession, type InboxTickets, openableBy, setSession, workspaceOf } from './inbox-session.js';
import { sendPage } from './pages.js';

export interface InboxDeps extends MessageDeps {
  /** What session cookies are signed with, newest first. */
  readonly cookieSecrets: readonly string[];
  readonly tickets: InboxTickets;
  readonly credentials: CredentialReaders;
  /** Whether browsers reach the gateway by https. */
  readonly isSecure: boolean;
}

/** Pages that may follow at once, of a workspace and of all: each costs a statement every time it looks. */
const MAX_FOLLOWERS = { workspace: 20, process: 100 } as const;

export async function registerInbox(app: FastifyInstance, deps: InboxDeps): Promise<void> {
  const { pool, credentials, tickets, isSecure } = deps;
  await app.register(cookie, { secret: [...deps.cookieSecrets] });
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  // The workspace of each.
  const followers: string[] = [];

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
    const messages = await allMessages(deps, await workspaceOf(deps, request));
    return reply.header('cache-control', 'no-store').send({ messages });
  });
  app.delete('/inbox/messages', async (request, reply) => {
    refuseOtherSites(request);
    await clearInbox(pool, await workspaceOf(deps, request));
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>('/inbox/messages/:id/html', async (request, reply) => {
    const [found] = await readInbox(deps, await workspaceOf(deps, request), [request.params.id]);
    if (!found?.message?.html) throw new GatewayError('NOT_FOUND', 'There is no such email.');
    return sendEmail(reply, found.message);
  });
  app.get('/inbox/events', async (request, reply) => {
    const workspaceId = await workspaceOf(deps, request);
    const own = followers.filter((each) => each === workspaceId);
    if (own.length >= MAX_FOLLOWERS.workspace || followers.length >= MAX_FOLLOWERS.process) {
      throw new GatewayError('SERVICE_UNAVAILABLE', 'Too many pages follow the inbox; close one.');
    }
    followers.push(workspaceId);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    // It may have left while its session was looked at: then nothing tells of it any more.
    if (reply.raw.destroyed) gone.abort();
    reply.hijack();
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-request-id': request.id };
    reply.raw.writeHead(200, headers);
    try {
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      // A page must not go on reading codes with a key that was revoked, however long it has been open.
      const isOpen = () => workspaceOf(deps, request).then(Boolean, () => false);
      for await (const event of inboxEvents(deps, workspaceId, signal, isOpen)) reply.raw.write(event);
    } finally {
      followers.splice(followers.indexOf(workspaceId), 1);
      reply.raw.end();
    }
  });
}

// Fetch Metadata: browsers say where a request comes from, and no page of another site can say otherwise. A cookie
// that is sent along must not let such a page clear the inbox.
function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new GatewayError('FORBIDDEN', 'The inbox is cleared from its own page only.');
}
