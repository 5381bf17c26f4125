/** The use case behind `endSession`. */
import { actorOf, recordAudit } from '../access/audit.js';
import type { Principal } from '../access/principal.js';
import { type Connection, type Database, run, type Value } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { hashOf } from './refresh-token.js';
import { ACCESS_TOKEN_SECONDS } from './session-record.js';

export interface EndInput {
  readonly refreshToken: string | undefined;
  /** Every session of the customer, not the one alone. */
  readonly everywhere: boolean;
  /** A customer whose sessions end: null where none can have that id, undefined where nobody is named. */
  readonly customerId: string | null | undefined;
}

// A session counts as long as any of its tokens could be good.
const counts = (session: string) =>
  `${session}.ended_at is null and ${session}.refreshable_until + ${ACCESS_TOKEN_SECONDS} * interval '1 second' > now()`;
const end = (condition: string) =>
  prepared(`
  update session s set ended_at = now(), end_reason = 'ENDED'
  where s.workspace_id = $1 and s.mode = $2 and ${counts('s')} and ${condition}
  returning s.id`);

const OF_TOKEN = 'select t.session_id from refresh_token t where t.workspace_id = $1 and t.mode = $2 and t.hash = $3';
// $4 is the customer that the caller is, where they are one: another's token does not exist for them.
const OWN = '($4::uuid is null or s.customer_id = $4)';
const END = {
  byToken: end(`s.id = (${OF_TOKEN}) and ${OWN}`),
  // Not by a token of a session that is over: whoever stole it could log its customer out for as long as it is kept.
  allByToken: end(`
    s.customer_id = (
      select o.customer_id from session o
      where o.workspace_id = $1 and o.mode = $2 and o.id = (${OF_TOKEN}) and ${counts('o')}
    ) and ${OWN}`),
  byId: end('s.id = $3'),
  allOfCustomer: end('s.customer_id = $3'),
};

/**
 * Ends sessions and tells how many. Their access tokens are refused from now on, by every process.
 *
 * @throws {GatewayError} BAD_USER_INPUT where nothing says which session, FORBIDDEN for a publishable key that names a
 *   customer: anybody could end anybody's sessions
 */
export async function endSession(database: Database, principal: Principal, input: EndInput): Promise<number> {
  const { refreshToken, everywhere, customerId: named } = input;
  const { kind, customerId: own, sessionId } = principal;
  if (refreshToken !== undefined) {
    if (named !== undefined) throw badInput('input.customerId', 'name the customer or a refresh token, not both');
    const statement = everywhere ? END.allByToken : END.byToken;
    return count(database.pool, principal, statement, [hashOf(refreshToken), own ?? null]);
  }
  if (own !== undefined) {
    if (named !== undefined && named !== own) return 0;
    const isNamed = named !== undefined && sessionId === undefined;
    if (everywhere || isNamed) return count(database.pool, principal, END.allOfCustomer, [own]);
    if (sessionId === undefined) throw badInput('input.everywhere', 'this token is of no session: say everywhere');
    return count(database.pool, principal, END.byId, [sessionId]);
  }
  if (named === undefined) throw badInput('input.refreshToken', 'say which session');
  if (kind !== 'SECRET_KEY')
    throw new GatewayError('FORBIDDEN', 'Only a secret key ends the sessions of a customer it names.');
  if (named === null) return 0;
  return database.transaction(async (transaction) => {
    const ended = await count(transaction, principal, END.allOfCustomer, [named]);
    if (ended > 0) {
      const entry = { action: 'session.ended', objectType: 'Customer', objectId: named, details: { ended } } as const;
      await recordAudit(transaction, principal, actorOf(principal), entry);
    }
    return ended;
  });
}

async function count(
  connection: Connection,
  { workspaceId, mode }: Principal,
  statement: string,
  values: readonly Value[],
): Promise<number> {
  return (await run(connection, statement, [workspaceId, mode, ...values])).length;
}
