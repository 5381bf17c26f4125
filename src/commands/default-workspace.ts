/** Which workspace a command means that names none. */
import { type Connection, run, runOne } from '../entities/database.js';

/** The command that makes the demo, and no other workspace. */
export const DEMO_COMMAND = 'serve';

// By the audit log and not by its name: an operator may call any workspace "Demo", and a live key made for it unasked
// would be another's; the database refuses to change an event.
const SELECT_DEMO = `
  select w.id from workspace w
  where exists (
    select from audit_event a
    where a.workspace_id = w.id and a.mode = 'TEST' and a.object_id = w.id
      and a.action = 'workspace.created' and a.actor_kind = 'COMMAND' and a.actor_id = $1)
  order by w.id limit 1`;

/** The id of the only workspace, or else of the demo; undefined where there is neither. */
export async function defaultWorkspace(connection: Connection): Promise<string | undefined> {
  const rows = await run<{ id: string }>(connection, 'select id from workspace limit 2');
  if (rows.length < 2) return rows[0]?.id;
  return (await runOne<{ id: string }>(connection, SELECT_DEMO, [DEMO_COMMAND]))?.id;
}
