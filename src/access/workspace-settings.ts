/** The settings of the caller's workspace that decide about a request. They travel with the principal. */
import type { CONNECT_REPLIES, ContactVerificationRule, TokenIssuer } from '../entities/workspace.js';

export interface WorkspaceSettings {
  readonly appName: string;
  readonly defaultLocale: string;
  readonly redirectUris: readonly string[];
  readonly eligibleCountries: readonly string[];
  readonly contactVerificationPolicy: readonly ContactVerificationRule[];
  readonly connectStampsEmail: boolean;
  readonly connectReply: (typeof CONNECT_REPLIES)[number];
  readonly accessTokenClaims: Readonly<Record<string, unknown>>;
  readonly tokenIssuers: readonly TokenIssuer[];
}

/** The columns behind WorkspaceSettings, for a workspace called `w`. */
export const WORKSPACE_SETTINGS = `
  w.app_name, w.default_locale, w.redirect_uris, w.eligible_countries, w.contact_verification_policy,
  w.connect_stamps_email, w.connect_reply, w.access_token_claims, w.token_issuers`;

export interface WorkspaceSettingsRow {
  app_name: string;
  default_locale: string;
  redirect_uris: string[];
  eligible_countries: string[];
  contact_verification_policy: ContactVerificationRule[];
  connect_stamps_email: boolean;
  connect_reply: (typeof CONNECT_REPLIES)[number];
  access_token_claims: Record<string, unknown>;
  token_issuers: TokenIssuer[];
}

export function toWorkspaceSettings(row: WorkspaceSettingsRow): WorkspaceSettings {
  return {
    appName: row.app_name,
    defaultLocale: row.default_locale,
    redirectUris: row.redirect_uris,
    eligibleCountries: row.eligible_countries,
    contactVerificationPolicy: row.contact_verification_policy,
    connectStampsEmail: row.connect_stamps_email,
    connectReply: row.connect_reply,
    accessTokenClaims: row.access_token_claims,
    tokenIssuers: row.token_issuers,
  };
}
