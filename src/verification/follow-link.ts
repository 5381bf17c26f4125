/** What the link of an email opens, and the click that spends it. */
import type { Outbox } from '../delivery/outbox.js';
import { type Connection, type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { type LinkClaim, readLinkToken } from '../kernel/link-token.js';
import { allowedRedirect } from '../kernel/redirect.js';
import type { Metrics } from '../telemetry/metrics.js';
import { refusalOf } from './machine.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRow } from './record.js';
import { settle } from './settle.js';

export interface LinkDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly linkKeys: KeyRing;
  readonly metrics: Pick<Metrics, 'verified'>;
}

/** What the landing page shows, and where it leads. */
export interface LinkPage {
  /** Whether a click is taken. */
  readonly isOpen: boolean;
  readonly locale: string;
  readonly appName: string;
  readonly primaryColor: string | undefined;
  /** Undefined where the workspace has taken it off its list since the send: nobody is sent there any more. */
  readonly redirectUri: string | undefined;
}

/** How a click ended. */
export interface Click {
  readonly page: LinkPage;
  /** Whether this click verified the contact. */
  readonly result: boolean;
}

/** Reads what a token opens, by one statement; a token that the gateway did not make costs none. */
export async function openLink(deps: LinkDeps, token: string): Promise<LinkPage | undefined> {
  const subject = readLinkToken(deps.linkKeys, token);
  return subject && (await findLink(deps.database.pool, subject))?.page;
}

/** Spends a link. Of any number of clicks one verifies; the others, and those that come too late, change nothing. */
export async function followLink(deps: LinkDeps, token: string): Promise<Click | undefined> {
  const subject = readLinkToken(deps.linkKeys, token);
  const link = subject && (await findLink(deps.database.pool, subject));
  if (!link) return undefined;
  const { page, identity, updatePrimary } = link;
  if (!page.isOpen) return { page, result: false };
  const settled = await settle(deps, subject, { kind: 'LINK', id: subject.verificationId, identity, updatePrimary });
  const result = typeof settled === 'object';
  if (result) deps.metrics.verified({ ...settled.provenBy, mode: subject.mode });
  return { page, result };
}

interface LinkRow extends VerificationRow {
  redirect_uri: string;
  update_primary: boolean;
  redirect_uris: string[];
  app_name: string;
  identity: string;
  primary_color: string | null;
}

// A secret that has leaked and is on its way out makes no link of what was sent under the one that took its place.
const FIND = prepared(`
  select ${VERIFICATION_COLUMNS}, l.redirect_uri, l.update_primary, w.redirect_uris, w.app_name,
         s.identity, s.content #>> '{email,primaryColor}' as primary_color
  from verification v
  join verification_link l on l.workspace_id = $1 and l.mode = $2 and l.verification_id = $3
  join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = 0
  join workspace w on w.id = $1
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and v.code_key_id = $4`);

async function findLink(pool: Connection, { workspaceId, mode, verificationId, keyId }: LinkClaim) {
  const row = await runOne<LinkRow>(pool, FIND, [workspaceId, mode, verificationId, keyId]);
  if (!row) return undefined;
  const page: LinkPage = {
    isOpen: refusalOf(toVerification(row)) === undefined,
    locale: row.locale,
    appName: row.app_name,
    primaryColor: row.primary_color ?? undefined,
    redirectUri: allowedRedirect(row.redirect_uris, row.redirect_uri),
  };
  return { page, identity: row.identity, updatePrimary: row.update_primary };
}
