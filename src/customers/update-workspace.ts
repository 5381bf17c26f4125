/** The use case behind `updateWorkspace`. */
import { actorOf, recordAuditInBothModes } from '../access/audit.js';
import { lockKeys } from '../access/lock-keys.js';
import type { Principal } from '../access/principal.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { GatewayError } from '../kernel/errors.js';
import { checkedIssuers, type IssuerChecks } from './token-issuers.js';
import { checkedChange, type WorkspaceChange } from './workspace-change.js';

export interface UpdateWorkspaceDeps extends IssuerChecks {
  readonly database: Database;
  /** Drops what this process has cached of workspaces: a change is effective here at once. */
  workspaceChanged(): void;
}

const UPDATE = prepared(`
  update workspace set
    name = coalesce($2, name),
    app_name = coalesce($3, app_name),
    default_locale = coalesce($4, default_locale),
    redirect_uris = coalesce($5::text[], redirect_uris),
    eligible_countries = coalesce($6::text[], eligible_countries),
    contact_verification_policy = coalesce($7::jsonb, contact_verification_policy),
    connect_stamps_email = coalesce($8::boolean, connect_stamps_email),
    connect_reply = coalesce($9, connect_reply),
    access_token_claims = coalesce($10::jsonb, access_token_claims),
    autofill_domain = case when $11::boolean then $12 else autofill_domain end,
    token_issuers = coalesce($13::jsonb, token_issuers),
    updated_at = now()
  where id = $1
  returning id`);

/**
 * Changes the settings of the caller's workspace, which its test and its live world share.
 * @throws {GatewayError} BAD_USER_INPUT naming the first setting that is wrong, UNAUTHENTICATED for a key that was
 *   revoked a moment ago; nothing is changed then
 */
export async function updateWorkspace(
  deps: UpdateWorkspaceDeps,
  principal: Principal,
  change: WorkspaceChange,
): Promise<void> {
  const settings: WorkspaceChange = {
    ...checkedChange(change),
    ...(change.tokenIssuers && { tokenIssuers: await checkedIssuers(deps, change.tokenIssuers, 'input.tokenIssuers') }),
  };
  const changed = Object.keys(settings);
  if (changed.length === 0) return;
  await deps.database.transaction(async (transaction) => {
    await lockKeys(transaction, principal);
    const row = await runOne(transaction, UPDATE, valuesOf(principal.workspaceId, settings));
    if (!row) throw new GatewayError('NOT_FOUND', 'The workspace was deleted meanwhile.');
    const entry = {
      action: 'workspace.updated',
      objectType: 'Workspace',
      objectId: principal.workspaceId,
      // The names only: a redirect URI or a claim may hold what is not for the log.
      details: { changed },
    } as const;
    await recordAuditInBothModes(transaction, principal.workspaceId, actorOf(principal), entry);
  });
  deps.workspaceChanged();
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const valuesOf = (id: string, settings: WorkspaceChange) => [
  id,
  settings.name ?? null,
  settings.appName ?? null,
  settings.defaultLocale ?? null,
  settings.redirectUris ?? null,
  settings.eligibleCountries ?? null,
  json(settings.contactVerificationPolicy),
  settings.connectStampsEmail ?? null,
  settings.connectReply ?? null,
  json(settings.accessTokenClaims),
  settings.autofillDomain !== undefined,
  settings.autofillDomain ?? null,
  json(settings.tokenIssuers),
];
