/** Brings saved methods under the newest keys, so that an older secret can be taken out of the configuration. */

import type { Mode } from '../../entities/columns.js';
import { type Connection, run } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import { hashFingerprint, type MethodKeys, openInstrument, sealInstrument } from './instruments.js';

interface Row {
  workspace_id: string;
  mode: Mode;
  method_id: string;
  merchant_id: string;
  customer_id: string;
  key_id: string;
  sealed: Uint8Array;
}

/** Instruments of one call at most. */
export const INSTRUMENT_BATCH = 100;

// Only what can be opened: a row under a key that is gone would stand in front of every batch.
const STALE = prepared(`
  select i.workspace_id, i.mode, i.method_id, i.merchant_id, i.key_id, i.sealed, m.customer_id
  from saved_method_instrument i
  join saved_method m on m.workspace_id = i.workspace_id and m.mode = i.mode and m.id = i.method_id
  where i.key_id = any($1::text[]) limit ${INSTRUMENT_BATCH}`);

// Guarded by what was read: an instrument that was saved meanwhile is newer than this copy of it. The method is locked
// before its instrument, as a save does it: the other way round the two could wait for each other.
const RESEAL = prepared(`
  with held as (
    select id from saved_method where workspace_id = $1 and mode = $2 and id = $3 for no key update
  ), moved as (
    update saved_method_instrument i set key_id = $5, sealed = $6 from held
    where i.workspace_id = $1 and i.mode = $2 and i.method_id = held.id and i.merchant_id = $4 and i.sealed = $7
    returning i.method_id
  )
  update saved_method m set fingerprint = $8 from moved
  where m.workspace_id = $1 and m.mode = $2 and m.id = moved.method_id
    and not exists (
      select from saved_method o where o.workspace_id = $1 and o.mode = $2 and o.customer_id = m.customer_id
        and o.fingerprint = $8)`);

/**
 * Seals and hashes again what is under an older key, up to 100 instruments. Returns how many there were.
 * @throws {AggregateError} when some could not be opened; the others were moved
 */
export async function rotateMethodKeys(pool: Connection, keys: MethodKeys): Promise<number> {
  const [, ...older] = keys.instruments.all;
  if (older.length === 0) return 0;
  const rows = await run<Row>(pool, STALE, [older.map(({ id }) => id)]);
  const failures: unknown[] = [];
  for (const row of rows) await moveRow(pool, keys, row).catch((error) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'Some saved methods could not be moved to the new key');
  return rows.length;
}

async function moveRow(pool: Connection, keys: MethodKeys, row: Row): Promise<void> {
  const { workspace_id: workspaceId, mode, method_id: methodId, merchant_id: merchantId, sealed: before } = row;
  const place = { workspaceId, mode, methodId, merchantId };
  const instrument = openInstrument(keys, place, { keyId: row.key_id, box: Buffer.from(before) });
  const { keyId, box } = sealInstrument(keys, place, instrument);
  const hash = hashFingerprint(keys.fingerprints.current, place, row.customer_id, instrument.fingerprint);
  await run(pool, RESEAL, [workspaceId, mode, methodId, merchantId, keyId, box, before, hash]);
}
