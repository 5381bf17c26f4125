/** How much is still under which key of GATEWAY_SECRET, as far as rows say it: read before a secret is taken out. */
import { type Connection, run } from './database.js';
import { OLDEST_PENDING } from './oldest-rows.js';
import { isOpen } from './verification.js';

/** What rows that name a key are of. */
export const KEYED_KINDS = [
  'instruments',
  'webhookSecrets',
  'previousWebhookSecrets',
  'userTokens',
  'codes',
  'links',
] as const;
export type KeyedKind = (typeof KEYED_KINDS)[number];

/** How many rows of a kind name one key. */
export interface RowsUnderKey {
  readonly kind: KeyedKind;
  /** Eight hex digits, as in `RingKey`. */
  readonly keyId: string;
  readonly count: number;
}

const INSTRUMENTS = `
  select key_id as "keyId", count(*)::float8 as count, 'instruments' as kind
  from saved_method_instrument group by key_id`;

const WEBHOOK_SECRETS = `
  select key_id as "keyId", count(*)::float8 as count, 'webhookSecrets' as kind
  from webhook_endpoint group by key_id`;

// Behind its overlap it signs nothing, and to lose it is to lose nothing.
const PREVIOUS_WEBHOOK_SECRETS = `
  select previous_key_id as "keyId", count(*)::float8 as count, 'previousWebhookSecrets' as kind
  from webhook_endpoint where previous_until > now() group by previous_key_id`;

const USER_TOKENS = `
  select key_id as "keyId", count(*)::float8 as count, 'userTokens' as kind
  from upstream_grant where expires_at > now() group by key_id`;

// Test mode's code is one and the same, whatever the secret. Its links are derived as those of live mode.
const CODES_AND_LINKS = `
  select v.code_key_id as "keyId", count(*)::float8 as count,
         case v.kind when 'LINK' then 'links' else 'codes' end as kind
  from workspace w cross join (values ('TEST'), ('LIVE')) as m (mode) cross join lateral (
    select kind, code_key_id from verification v
    where v.workspace_id = w.id and v.mode = m.mode and v.id > ${OLDEST_PENDING}
      and ${isOpen('v')}
      and (v.kind = 'LINK' or v.mode = 'LIVE')
  ) v
  group by v.kind, v.code_key_id`;

const STATEMENTS = [INSTRUMENTS, WEBHOOK_SECRETS, PREVIOUS_WEBHOOK_SECRETS, USER_TOKENS, CODES_AND_LINKS];

/**
 * Counts what is good for something now, in all workspaces and both modes. What has expired needs no key.
 *
 * For an operator who asks once in a while: one statement after the other, each without a lock and without a change.
 * All instruments are counted, along their index by key, and all endpoints, by a scan of their table. Grants cost those
 * that have not expired; verifications cost those of the last two hours, and a look into the primary key for each
 * workspace and mode.
 */
export async function countRowsUnderKeys(connection: Connection): Promise<RowsUnderKey[]> {
  const counted: RowsUnderKey[] = [];
  for (const statement of STATEMENTS) counted.push(...(await run<RowsUnderKey>(connection, statement)));
  return counted;
}
