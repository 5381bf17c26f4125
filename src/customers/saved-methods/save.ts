/** The use case behind `saveMethod`. */
import { actorOf, recordAudit } from '../../access/audit.js';
import type { Principal } from '../../access/principal.js';
import { type Database, run, runOne, type Transaction } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import type { SavedMethodType } from '../../entities/saved-method.js';
import { GatewayError } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { lockCustomer, noSuchCustomer } from '../lock-customer.js';
import { checkedDetails, checkInstrument, checkMerchantId, type GivenDetails } from './details.js';
import { hashFingerprint, type MethodKeys, sealInstrument } from './instruments.js';
import { actsFor } from './merchant.js';
import {
  type DisplayDetails,
  SAVED_METHOD_COLUMNS,
  type SavedMethodRecord,
  type SavedMethodRow,
  toSavedMethod,
} from './record.js';

export interface SaveMethodInput extends GivenDetails {
  readonly customerId: string;
  readonly merchantId: string;
  readonly instrumentId: string;
  readonly fingerprint: string;
  readonly type: SavedMethodType;
}

export interface SavedMethodDeps {
  readonly database: Database;
  readonly methodKeys: MethodKeys;
}

// Found under any key of the ring and kept under the newest; one that is there already goes before one that would
// collide with it. What is left out stays as it was; saving is also how a
// customer takes back a method that was archived.
const SAVE = prepared(`
  with known as (
    select id, archived_at from saved_method
    where workspace_id = $1 and mode = $2 and customer_id = $3 and fingerprint = any($4::bytea[])
    order by fingerprint = $5 desc, id limit 1
  )
  insert into saved_method as m (workspace_id, mode, customer_id, fingerprint, id, type, brand, card_type, last4,
    expiry_month, expiry_year, holder_name, issuer_country, bank_name, currency)
  values ($1, $2, $3, $5, coalesce((select id from known), $6), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  on conflict (workspace_id, mode, id) do update set
    fingerprint = excluded.fingerprint,
    type = excluded.type,
    brand = coalesce(excluded.brand, m.brand),
    card_type = coalesce(excluded.card_type, m.card_type),
    last4 = coalesce(excluded.last4, m.last4),
    expiry_month = coalesce(excluded.expiry_month, m.expiry_month),
    expiry_year = coalesce(excluded.expiry_year, m.expiry_year),
    holder_name = coalesce(excluded.holder_name, m.holder_name),
    issuer_country = coalesce(excluded.issuer_country, m.issuer_country),
    bank_name = coalesce(excluded.bank_name, m.bank_name),
    currency = coalesce(excluded.currency, m.currency),
    archived_at = null,
    updated_at = now()
  returning ${SAVED_METHOD_COLUMNS}, (select archived_at is not null from known) is true as restored`);

const KEEP = prepared(`
  insert into saved_method_instrument as i (workspace_id, mode, method_id, merchant_id, key_id, sealed)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (workspace_id, mode, method_id, merchant_id) do update set
    key_id = excluded.key_id, sealed = excluded.sealed, updated_at = now()`);

/**
 * Saves an instrument of one merchant. The same fingerprint of the same customer is one method for all merchants.
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN for anybody but a secret key and for another merchant than
 * the key's own, or NOT_FOUND
 */
export async function saveMethod(
  { database, methodKeys }: SavedMethodDeps,
  principal: Principal,
  input: SaveMethodInput,
): Promise<SavedMethodRecord> {
  // Beside the scope: instrument ids come from servers, whatever a token carries.
  if (principal.kind !== 'SECRET_KEY') throw new GatewayError('FORBIDDEN', 'Only a secret key may save a method.');
  const { customerId, merchantId } = input;
  checkMerchantId(merchantId);
  actsFor(principal, merchantId);
  checkInstrument(input);
  const details = checkedDetails(input);
  const { workspaceId, mode } = principal;
  return database.transaction(async (transaction) => {
    // Saves for one customer wait for each other here, so that of a hundred at once one makes the method; so does the
    // deletion of the customer, which must not leave one behind.
    if (!(await lockCustomer(transaction, principal, customerId))) throw noSuchCustomer();
    const { restored, ...row } = await saveCanonical(transaction, methodKeys, principal, input, details);
    const place = { workspaceId, mode, methodId: row.id, merchantId };
    const { keyId, box } = sealInstrument(methodKeys, place, input);
    await run(transaction, KEEP, [workspaceId, mode, row.id, merchantId, keyId, box]);
    await recordAudit(transaction, principal, actorOf(principal), {
      action: 'saved_method.saved',
      objectType: 'SavedMethod',
      objectId: row.id,
      details: { merchantId, restored },
    });
    return toSavedMethod(row);
  });
}

async function saveCanonical(
  transaction: Transaction,
  { fingerprints }: MethodKeys,
  principal: Principal,
  { customerId, fingerprint, type }: SaveMethodInput,
  details: DisplayDetails,
): Promise<SavedMethodRow & { restored: boolean }> {
  const hashes = fingerprints.all.map((key) => hashFingerprint(key, principal, customerId, fingerprint));
  const [current] = hashes as [Buffer];
  const { brand, cardType, last4, expiryMonth, expiryYear, holderName, issuerCountry, bankName, currency } = details;
  const shown = [brand, cardType, last4, expiryMonth, expiryYear, holderName, issuerCountry, bankName, currency];
  const values = [principal.workspaceId, principal.mode, customerId, hashes, current, newId(), type, ...shown];
  const row = await runOne<SavedMethodRow & { restored: boolean }>(transaction, SAVE, values);
  return row as SavedMethodRow & { restored: boolean };
}
