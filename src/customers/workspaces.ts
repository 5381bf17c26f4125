/** Workspaces: made by the operator, read by their callers. */
import {
  toWorkspaceSettings,
  WORKSPACE_SETTINGS,
  type WorkspaceSettings,
  type WorkspaceSettingsRow,
} from '../access/workspace-settings.js';
import { type Connection, run, runOne } from '../entities/database.js';
import type { ContactVerificationRule } from '../entities/workspace.js';
import { coalesce } from '../kernel/coalesce.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';

export interface WorkspaceRecord extends WorkspaceSettings {
  readonly id: string;
  readonly name: string;
  readonly autofillDomain: string | null;
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

interface Row extends WorkspaceSettingsRow {
  id: string;
  name: string;
  autofill_domain: string | null;
}

export type WorkspaceFinder = (id: string) => Promise<WorkspaceRecord | undefined>;

/** A finder that reads a workspace once for all who ask within one turn of the event loop: one document may ask often. */
export function createWorkspaceFinder(pool: Connection): WorkspaceFinder {
  return coalesce(async (ids: readonly string[]) => {
    const found = new Map([...new Set(ids)].map((id) => [id, findWorkspace(pool, id)]));
    return ids.map((id) => found.get(id));
  });
}

export async function findWorkspace(pool: Connection, id: string): Promise<WorkspaceRecord | undefined> {
  const select = `select w.id, w.name, w.autofill_domain, ${WORKSPACE_SETTINGS} from workspace w where w.id = $1`;
  const row = await runOne<Row>(pool, select, [id]);
  return row && { id: row.id, name: row.name, autofillDomain: row.autofill_domain, ...toWorkspaceSettings(row) };
}
