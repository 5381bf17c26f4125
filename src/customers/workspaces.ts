/** Workspaces: made by the operator, read by their callers. */
import { type Connection, run, runOne } from '../entities/database.js';
import type { CONNECT_REPLIES, ContactVerificationRule, TokenIssuer } from '../entities/workspace.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';

export interface WorkspaceRecord {
  readonly id: string;
  readonly name: string;
  readonly appName: string;
  readonly defaultLocale: string;
  readonly redirectUris: readonly string[];
  readonly eligibleCountries: readonly string[];
  readonly contactVerificationPolicy: readonly ContactVerificationRule[];
  readonly connectStampsEmail: boolean;
  readonly connectReply: (typeof CONNECT_REPLIES)[number];
  readonly accessTokenClaims: Record<string, unknown>;
  readonly autofillDomain: string | null;
  readonly tokenIssuers: readonly TokenIssuer[];
}

// A new workspace sends to the countries whose numbers are cheap and whose carriers fight toll fraud; the rest are
// for its owner to add.
const ELIGIBLE_COUNTRIES = (
  'AD AR AT AU BE BG BR CA CH CL CO CR CY CZ DE DK EE ES FI FR GB GG GI GR HK HR HU IE IL IM IN IS IT JE JP KR LI LT LU ' +
  'LV MC MT MX MY NL NO NZ PE PH PL PR PT RO SE SG SI SK SM TH TR TW US UY VA ZA'
).split(' ');

/** Customers in the European Union verify both contacts; elsewhere none is required. */
const POLICY: ContactVerificationRule[] = [{ region: 'EU', channels: ['EMAIL', 'PHONE'] }];

/** Creates a workspace with safe settings and returns its id. */
export async function createWorkspace(connection: Connection, name: string): Promise<string> {
  if (name.trim().length < 1 || name.length > 50) throw badInput('name', 'must be 1 to 50 characters');
  const id = newId();
  await run(
    connection,
    `insert into workspace (id, name, app_name, eligible_countries, contact_verification_policy)
     values ($1, $2, $2, $3, $4::jsonb)`,
    [id, name.trim(), ELIGIBLE_COUNTRIES, JSON.stringify(POLICY)],
  );
  return id;
}

/** The only workspace there is, or undefined where there are none or several. */
export async function onlyWorkspace(connection: Connection): Promise<string | undefined> {
  const rows = await run<{ id: string }>(connection, 'select id from workspace limit 2');
  return rows.length === 1 ? rows[0]?.id : undefined;
}

export async function findWorkspace(pool: Connection, id: string): Promise<WorkspaceRecord | undefined> {
  return runOne<WorkspaceRecord>(
    pool,
    `select id, name, app_name as "appName", default_locale as "defaultLocale", redirect_uris as "redirectUris",
            eligible_countries as "eligibleCountries", contact_verification_policy as "contactVerificationPolicy",
            connect_stamps_email as "connectStampsEmail", connect_reply as "connectReply",
            access_token_claims as "accessTokenClaims", autofill_domain as "autofillDomain",
            token_issuers as "tokenIssuers"
     from workspace where id = $1`,
    [id],
  );
}
