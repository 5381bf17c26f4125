import { defineEntity, p } from '@mikro-orm/core';
import { CONTACT_KINDS, timestamps } from './columns.js';

/** Regions whose customers must verify a channel; `EU` stands for every member state. */
export interface ContactVerificationRule {
  region: string;
  channels: (typeof CONTACT_KINDS)[number][];
}

/** An identity provider whose access tokens a workspace accepts (OpenID Connect Discovery). */
export interface TokenIssuer {
  issuer: string;
  jwksUri: string;
  audience: string;
  /** Whether its own metadata named `jwksUri` when the workspace did: where its keys move to, it says. */
  discovered?: boolean;
}

export const CONNECT_REPLIES = ['EXACT', 'UNIFORM'] as const;

/** A business and its settings. Nothing of one workspace is visible from another. */
export const Workspace = defineEntity({
  name: 'Workspace',
  tableName: 'workspace',
  indexes: [
    {
      name: 'workspace_token_issuers_index',
      expression:
        'create index "workspace_token_issuers_index" on "workspace" using gin ("token_issuers" jsonb_path_ops)',
    },
  ],
  properties: {
    id: p.uuid().primary(),
    name: p.string().length(100),
    appName: p.string().length(50),
    defaultLocale: p.string().length(35).default('en-US'),
    redirectUris: p.array().default([]),
    eligibleCountries: p.array().default([]),
    contactVerificationPolicy: p.json<ContactVerificationRule[]>().defaultRaw("'[]'"),
    connectStampsEmail: p.boolean().default(false),
    connectReply: p.enum(CONNECT_REPLIES).default('EXACT'),
    accessTokenClaims: p.json<Record<string, unknown>>().defaultRaw("'{}'"),
    autofillDomain: p.string().length(253).nullable(),
    /** What test mode sent before this time was cleared from the inbox. */
    inboxClearedAt: p.datetime(3).nullable(),
    tokenIssuers: p.json<TokenIssuer[]>().defaultRaw("'[]'"),
    ...timestamps,
  },
});
