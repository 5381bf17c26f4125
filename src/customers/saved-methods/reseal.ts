/** Brings saved methods under the newest keys, so that an older secret can be taken out of the configuration. */

import { type Connection, run } from '../../entities/database.js';
import { prepared } from '../../entities/prepared.js';
import { createReseal, RESEAL_BATCH, type ResealReport } from '../../entities/reseal.js';
import type { Mode } from '../../kernel/world.js';
import {
  hashFingerprint,
  type InstrumentPlace,
  type MethodKeys,
  openInstrument,
  sealInstrument,
} from './instruments.js';

interface Row {
  workspace_id: string;
  mode: Mode;
  method_id: string;
  merchant_id: string;
  customer_id: string;
  key_id: string;
  sealed: Uint8Array;
}

// Only what can be opened: an instrument under a key that is gone is not of this upkeep.
const STALE = prepared(`
  select i.workspace_id, i.mode, i.method_id, i.merchant_id, i.key_id, i.sealed, m.customer_id
  from saved_method_instrument i
  join saved_method m on m.workspace_id = i.workspace_id and m.mode = i.mode and m.id = i.method_id
  where i.key_id = any($1::text[]) and (i.workspace_id, i.mode, i.method_id, i.merchant_id) > ($2, $3, $4, $5)
  order by i.workspace_id, i.mode, i.method_id, i.merchant_id limit ${RESEAL_BATCH}`);

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

/** Makes the upkeep of all instruments: their seals, and the hashes of their methods. */
export function createMethodReseal(
  pool: Connection,
  keys: MethodKeys,
): () => Promise<ResealReport<Pick<InstrumentPlace, 'methodId' | 'merchantId'>>> {
  return createReseal(keys.instruments, {
    start: ['00000000-0000-0000-0000-000000000000', '', '00000000-0000-0000-0000-000000000000', ''],
    read: (older, after) => run<Row>(pool, STALE, [older, ...after]),
    placeOf: ({ workspace_id, mode, method_id, merchant_id }) => [workspace_id, mode, method_id, merchant_id],
    nameOf: ({ method_id: methodId, merchant_id: merchantId }) => ({ methodId, merchantId }),
    async seal(row) {
      const { workspace_id: workspaceId, mode, method_id: methodId, merchant_id: merchantId } = row;
      const again = sealedAgain(keys, { workspaceId, mode, methodId, merchantId }, row);
      if (again) await run(pool, RESEAL, [workspaceId, mode, methodId, merchantId, ...again]);
      return again !== undefined;
    },
  });
}

/** Key, new and old box, and hash; undefined where the row does not open. */
function sealedAgain(keys: MethodKeys, place: InstrumentPlace, row: Row): (string | Uint8Array)[] | undefined {
  try {
    const instrument = openInstrument(keys, place, { keyId: row.key_id, box: Buffer.from(row.sealed) });
    const { keyId, box } = sealInstrument(keys, place, instrument);
    const hash = hashFingerprint(keys.fingerprints.current, place, row.customer_id, instrument.fingerprint);
    return [keyId, box, row.sealed, hash];
  } catch {
    return undefined;
  }
}
