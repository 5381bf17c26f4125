/** The use case behind `unblockContact`. */
import { actorOf, recordAudit } from '../access/audit.js';
import type { Principal } from '../access/principal.js';
import { type Database, runOne } from '../entities/database.js';
import { MAX_WRONG_GUESSES } from '../entities/guess-streak.js';
import { prepared } from '../entities/prepared.js';
import { parseEmail, parsePhone } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';

const UNBLOCK = prepared(`
  delete from guess_streak where workspace_id = $1 and mode = $2 and identity = $3
    and wrong_guesses >= ${MAX_WRONG_GUESSES}
  returning 1`);

/**
 * Lifts the block that wrong guesses in a row put on a contact: the next row begins with none. A contact that is not
 * blocked keeps its count, so that calling this now and then does not allow guessing on.
 *
 * @returns whether it was blocked
 * @throws {GatewayError} BAD_USER_INPUT for text that is no contact
 */
export async function unblockContact(database: Database, principal: Principal, value: string): Promise<boolean> {
  const parsed = value.includes('@') ? parseEmail(value) : parsePhone(value);
  if ('reason' in parsed) throw badInput('input.value', parsed.reason);
  const { kind, identity } = parsed.contact;
  return database.transaction(async (transaction) => {
    const { workspaceId, mode } = principal;
    if (!(await runOne(transaction, UNBLOCK, [workspaceId, mode, identity]))) return false;
    const entry = {
      action: 'contact.unblocked',
      objectType: 'ContactPoint',
      objectId: null,
      details: { kind },
    } as const;
    await recordAudit(transaction, principal, actorOf(principal), entry);
    return true;
  });
}
