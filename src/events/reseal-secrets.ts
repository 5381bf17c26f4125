/** The upkeep that seals webhook secrets under the newest key. */
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { createReseal, RESEAL_BATCH, type ResealReport } from '../entities/reseal.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Mode } from '../kernel/world.js';
import { openSecret, sealSecret } from './webhook-secret.js';

interface Row {
  workspaceId: string;
  mode: Mode;
  id: string;
  keyId: string;
  sealed: Uint8Array;
  previousKeyId: string | null;
  previousSealed: Uint8Array | null;
}

// Only what can be opened: an endpoint under a key that is gone is not of this upkeep. A previous secret behind its
// overlap signs nothing, and holds nothing up.
const STALE = prepared(`
  select workspace_id as "workspaceId", mode, id, key_id as "keyId", sealed,
         case when previous_until > now() then previous_key_id end as "previousKeyId",
         case when previous_until > now() then previous_sealed end as "previousSealed"
  from webhook_endpoint
  where (key_id = any($1::text[]) and (previous_key_id is null or previous_until <= now() or previous_key_id = any($2::text[]))
     or previous_key_id = any($1::text[]) and key_id = any($2::text[]))
    and (workspace_id, mode, id) > ($3, $4, $5)
  order by workspace_id, mode, id limit ${RESEAL_BATCH}`);

// Guarded by what was read: a secret that was rotated meanwhile is newer than this copy of it.
const RESEAL = prepared(`
  update webhook_endpoint set key_id = $4, sealed = $5, previous_key_id = $6, previous_sealed = $7,
    previous_until = case when $7::bytea is not null then previous_until end
  where workspace_id = $1 and mode = $2 and id = $3 and sealed = $8`);

/** Makes the upkeep of the secrets of all endpoints, which reports the ids of those whose secret does not open. */
export function createSecretReseal(pool: Connection, keys: KeyRing): () => Promise<ResealReport<string>> {
  const known = keys.all.map(({ id }) => id);
  return createReseal<Row, string>(keys, {
    start: ['00000000-0000-0000-0000-000000000000', '', '00000000-0000-0000-0000-000000000000'],
    read: (older, after) => run<Row>(pool, STALE, [older, known, ...after]),
    placeOf: ({ workspaceId, mode, id }) => [workspaceId, mode, id],
    nameOf: ({ id }) => id,
    async seal(row) {
      const boxes = sealedAgain(keys, row);
      if (boxes) await run(pool, RESEAL, [row.workspaceId, row.mode, row.id, ...boxes, row.sealed]);
      return boxes !== undefined;
    },
  });
}

/** Keys and boxes of both secrets, or undefined where one does not open. */
function sealedAgain(keys: KeyRing, row: Row): (string | Uint8Array | null)[] | undefined {
  const place = { workspaceId: row.workspaceId, mode: row.mode, endpointId: row.id };
  const again = (keyId: string, box: Uint8Array) =>
    sealSecret(keys, place, openSecret(keys, place, { keyId, box: Buffer.from(box) }));
  try {
    const current = again(row.keyId, row.sealed);
    const previous = row.previousKeyId && row.previousSealed ? again(row.previousKeyId, row.previousSealed) : undefined;
    return [current.keyId, current.box, previous?.keyId ?? null, previous?.box ?? null];
  } catch {
    return undefined;
  }
}
