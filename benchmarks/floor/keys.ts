/** API keys: found by their public prefix, compared as SHA-256 in constant time, remembered for five seconds. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Pool } from 'pg';

/** Who is asking. */
export interface Principal {
  keyPrefix: string;
  workspaceId: string;
  mode: 'TEST' | 'LIVE';
  contactPolicy: Record<string, string[]>;
}

interface KeyRow extends Principal {
  secretHash: Buffer;
}

const REMEMBERED_MS = 5_000;
const KEY = /^Bearer (sk_(?:test|live)_[a-z0-9]{12})_[A-Za-z0-9]{32}$/;
const FIND = `
  SELECT k.prefix AS "keyPrefix", k.secret_hash AS "secretHash", k.workspace_id AS "workspaceId", k.mode,
         w.contact_policy AS "contactPolicy"
  FROM api_key k JOIN workspace w ON w.id = k.workspace_id
  WHERE k.prefix = $1 AND k.revoked_at IS NULL`;

/** Names the principal behind a request, or nobody. */
export function authenticator(pool: Pool): (request: IncomingMessage) => Promise<Principal | undefined> {
  const remembered = new Map<string, { row: KeyRow | undefined; until: number }>();

  async function find(prefix: string): Promise<KeyRow | undefined> {
    const known = remembered.get(prefix);
    if (known && known.until > performance.now()) return known.row;
    const { rows } = await pool.query<KeyRow>({ name: 'find key', text: FIND, values: [prefix] });
    if (remembered.size >= 10_000) remembered.clear();
    remembered.set(prefix, { row: rows[0], until: performance.now() + REMEMBERED_MS });
    return rows[0];
  }

  return async ({ headers: { authorization = '' } }) => {
    const prefix = KEY.exec(authorization)?.[1];
    const row = prefix && (await find(prefix));
    if (!row) return undefined;
    const given = hash('sha256', authorization.slice('Bearer '.length), 'buffer');
    return timingSafeEqual(given, row.secretHash) ? row : undefined;
  };
}
