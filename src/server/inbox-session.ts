/**
 * Who may look into the inbox: a browser that showed a secret test key, or followed the demo's link, once; and a program
 * that shows such a key with each request.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authenticate, type CredentialReaders } from '../access/authenticate.js';
import type { Principal } from '../access/principal.js';
import { type Connection, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';

const COOKIE = 'gateway_inbox';
const SESSION_SECONDS = 8 * 3600;
const TICKET_MS = 3_600_000;

/** Links that open the inbox once, for whoever started the gateway. Kept in memory: they die with the process. */
export interface InboxTickets {
  issue(workspaceId: string): string;
  /** The workspace behind a ticket that was not used before. */
  redeem(ticket: string): string | undefined;
}

export function createInboxTickets(clock: () => number): InboxTickets {
  const open = new Map<string, { workspaceId: string; until: number }>();
  return {
    issue(workspaceId) {
      const ticket = randomBytes(24).toString('base64url');
      open.set(ticket, { workspaceId, until: clock() + TICKET_MS });
      return ticket;
    },
    redeem(ticket) {
      const found = open.get(ticket);
      open.delete(ticket);
      return found && found.until > clock() ? found.workspaceId : undefined;
    },
  };
}

const UNTIL = prepared("select (now() + $1 * interval '1 second')::text as until");

interface Session {
  readonly workspaceId: string;
  /** The key that opened it, which must still be good; null behind the demo's link. */
  readonly keyId: string | null;
  /** RFC 3339, by the database's clock. */
  readonly until: string;
}

/**
 * @throws {GatewayError} FORBIDDEN for anything but a secret test key that reads verifications, and whatever it likes of
 *   them: the inbox shows all of a workspace
 */
export function openableBy(principal: Principal | undefined): Pick<Session, 'workspaceId' | 'keyId'> {
  const { kind, mode, scopes, workspaceId, keyId, persistedOnly, merchantId } = principal ?? {};
  // Codes of live mode are on no page: there is no session that could show them.
  if (kind !== 'SECRET_KEY' || mode !== 'TEST' || !scopes?.includes('verifications:read')) {
    throw new GatewayError('FORBIDDEN', 'The inbox opens with a secret test key that holds verifications:read.');
  }
  if (persistedOnly || merchantId !== undefined) {
    throw new GatewayError(
      'FORBIDDEN',
      'The inbox opens with no key of published operations alone, and of no merchant.',
    );
  }
  return { workspaceId: workspaceId as string, keyId: keyId as string };
}

/** Sets the cookie: what it says is signed, and nothing in it is secret. */
export async function setSession(
  pool: Connection,
  reply: FastifyReply,
  who: Pick<Session, 'workspaceId' | 'keyId'>,
  isSecure: boolean,
): Promise<void> {
  const row = await runOne<{ until: string }>(pool, UNTIL, [SESSION_SECONDS]);
  void reply.setCookie(COOKIE, Buffer.from(JSON.stringify({ ...who, ...row })).toString('base64url'), {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: '/inbox',
    maxAge: SESSION_SECONDS,
  });
}

export function endSession(reply: FastifyReply): FastifyReply {
  return reply.clearCookie(COOKIE, { path: '/inbox' });
}

const GOOD = prepared(`
  select 1 from workspace w where w.id = $1 and $3::timestamptz > now() and ($2::uuid is null or exists (
    select from api_key k where k.workspace_id = w.id and k.mode = 'TEST' and k.id = $2
      and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())))`);

export interface InboxReaders {
  readonly pool: Connection;
  readonly credentials: CredentialReaders;
}

/**
 * The workspace whose inbox this request may see.
 * @throws {GatewayError} UNAUTHENTICATED, or FORBIDDEN for a key that would open no session either
 */
export async function workspaceOf({ pool, credentials }: InboxReaders, request: FastifyRequest): Promise<string> {
  const principal = await authenticate(credentials, request.headers, request.ip);
  if (principal) return openableBy(principal).workspaceId;
  const cookie = request.unsignCookie(request.cookies[COOKIE] ?? '');
  const session = cookie.valid ? (JSON.parse(Buffer.from(cookie.value, 'base64url').toString()) as Session) : undefined;
  if (session && (await runOne(pool, GOOD, [session.workspaceId, session.keyId, session.until]))) {
    return session.workspaceId;
  }
  throw new GatewayError('UNAUTHENTICATED', 'The inbox is closed: open it with a secret test key.');
}
