/** The use case behind `materializeSavedMethod`: the one way to a processor's instrument id. */
import { actorOf, recordAudit } from '../../access/audit.js';
import type { Principal } from '../../access/principal.js';
import { runOne } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import { GatewayError } from '../../kernel/errors.js';
import { checkMerchantId } from './details.js';
import { openInstrument } from './instruments.js';
import { actsFor, noSuchMethod } from './merchant.js';
import { SAVED_METHOD_COLUMNS, type SavedMethodRecord, type SavedMethodRow, toSavedMethod } from './record.js';
import type { SavedMethodDeps } from './save.js';

export interface MaterializeInput {
  readonly id: string;
  readonly merchantId: string;
}

export interface Materialized {
  readonly instrumentId: string;
  readonly method: SavedMethodRecord;
}

interface Row extends SavedMethodRow {
  key_id: string;
  sealed: Uint8Array;
}

const FIND = prepared(`
  select ${SAVED_METHOD_COLUMNS}, i.key_id, i.sealed
  from saved_method m
  join saved_method_instrument i on i.workspace_id = m.workspace_id and i.mode = m.mode and i.method_id = m.id
  where m.workspace_id = $1 and m.mode = $2 and m.id = $3 and m.archived_at is null and i.merchant_id = $4`);

/**
 * Tells what one merchant's processor calls a method, and writes down that it was told.
 * @throws {GatewayError} FORBIDDEN for anybody but a secret key and for a key of another merchant; NOT_FOUND, also for
 * a method that is archived or was never saved for this merchant
 */
export async function materializeSavedMethod(
  { database, methodKeys }: SavedMethodDeps,
  principal: Principal,
  { id, merchantId }: MaterializeInput,
): Promise<Materialized> {
  // Beside the scope: whatever a token carries, no browser is told.
  if (principal.kind !== 'SECRET_KEY') throw new GatewayError('FORBIDDEN', 'Only a secret key may materialize.');
  checkMerchantId(merchantId);
  actsFor(principal, merchantId);
  const { workspaceId, mode } = principal;
  return database.transaction(async (transaction) => {
    const row = await runOne<Row>(transaction, FIND, [workspaceId, mode, id, merchantId]);
    if (!row) throw noSuchMethod();
    const { key_id, sealed, ...method } = row;
    const place = { workspaceId, mode, methodId: id, merchantId };
    const { instrumentId } = openInstrument(methodKeys, place, { keyId: key_id, box: Buffer.from(sealed) });
    await recordAudit(transaction, principal, actorOf(principal), {
      action: 'saved_method.materialized',
      objectType: 'SavedMethod',
      objectId: id,
      details: { merchantId },
    });
    return { instrumentId, method: toSavedMethod(method) };
  });
}
