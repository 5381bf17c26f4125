/** The use cases behind `archiveSavedMethod` and `restoreSavedMethod`. */
import { actorOf, recordAudit } from '../../access/audit.js';
import type { Principal } from '../../access/principal.js';
import { type Database, runOne } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import { actsForAll, noSuchMethod } from './merchant.js';
import { SAVED_METHOD_COLUMNS, type SavedMethodRecord, type SavedMethodRow, toSavedMethod } from './record.js';

// A customer reaches their own methods and no others; $4 is null for a key, which reaches all of its world.
const REACHED = 'm.workspace_id = $1 and m.mode = $2 and m.id = $3 and ($4::uuid is null or m.customer_id = $4)';

const ARCHIVE = prepared(`
  update saved_method m set archived_at = now(), updated_at = now()
  where ${REACHED} and m.archived_at is null returning ${SAVED_METHOD_COLUMNS}`);

const RESTORE = prepared(`
  update saved_method m set archived_at = null, updated_at = now()
  where ${REACHED} and m.archived_at is not null returning ${SAVED_METHOD_COLUMNS}`);

const READ = prepared(`select ${SAVED_METHOD_COLUMNS} from saved_method m where ${REACHED}`);

/**
 * Takes a method out of lists and out of every merchant's reach, or changes nothing where it is out already.
 * @throws {GatewayError} NOT_FOUND, or FORBIDDEN for a merchant's key
 */
export const archiveSavedMethod = (database: Database, principal: Principal, id: string) =>
  change(database, principal, id, ARCHIVE, 'saved_method.archived');

/**
 * Undoes an archiving, or changes nothing where there was none.
 * @throws {GatewayError} NOT_FOUND, or FORBIDDEN for a merchant's key
 */
export const restoreSavedMethod = (database: Database, principal: Principal, id: string) =>
  change(database, principal, id, RESTORE, 'saved_method.restored');

async function change(
  database: Database,
  principal: Principal,
  id: string,
  statement: string,
  action: string,
): Promise<SavedMethodRecord> {
  actsForAll(principal);
  const values = [principal.workspaceId, principal.mode, id, principal.customerId ?? null];
  return database.transaction(async (transaction) => {
    const changed = await runOne<SavedMethodRow>(transaction, statement, values);
    if (changed) {
      await recordAudit(transaction, principal, actorOf(principal), {
        action,
        objectType: 'SavedMethod',
        objectId: id,
      });
      return toSavedMethod(changed);
    }
    const unchanged = await runOne<SavedMethodRow>(transaction, READ, values);
    if (!unchanged) throw noSuchMethod();
    return toSavedMethod(unchanged);
  });
}
