/** The statement that writes where links of new verifications lead. */
import type { World } from '../access/principal.js';
import { run, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { NewVerification } from './new-verification.js';

const INSERT_LINKS = prepared(`
  insert into verification_link (workspace_id, mode, verification_id, redirect_uri, update_primary)
  select $1, $2, l.id, l.redirect_uri, l.update_primary
  from unnest($3::uuid[], $4::text[], $5::boolean[]) as l (id, redirect_uri, update_primary)`);

/** Writes the links of those verifications that have one. */
export async function insertLinks(
  transaction: Transaction,
  { workspaceId, mode }: World,
  group: readonly NewVerification[],
): Promise<void> {
  const links = group.flatMap(({ id, link }) => (link ? [{ id, ...link }] : []));
  if (links.length === 0) return;
  const ids = links.map(({ id }) => id);
  const redirectUris = links.map(({ redirectUri }) => redirectUri);
  const updatePrimaries = links.map(({ updatePrimary }) => updatePrimary);
  await run(transaction, INSERT_LINKS, [workspaceId, mode, ids, redirectUris, updatePrimaries]);
}
