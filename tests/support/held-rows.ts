/** A change that another transaction has made and not committed, for whoever has to wait for its rows. */
import type { Sql } from './database-state.js';
import { waitFor } from './wait-for.js';

/**
 * Makes the changes, each of which returns a row of the one with the id `$1`, and commits them once `act` waits for them.
 * @param meanwhile done while it waits, by somebody else
 * @returns what `act` comes to, which goes on then
 */
export async function whileHeld<Result>(
  sql: Sql,
  id: string,
  changes: readonly string[],
  act: () => Promise<Result>,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Result> {
  const names = changes.map((_, index) => `held_${index}`);
  const parts = changes.map((change, index) => `${names[index]} as (${change})`);
  const held = sql(`with ${parts.join(', ')} select pg_sleep(1.5) from ${names.join(', ')}`, [id]);
  await waitFor('the rows are held', async () => {
    const query = `select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like 'with held_0 as%'`;
    return (await sql(query)).length > 0;
  });
  const acted = act();
  await waitFor('somebody waits for them', async () => {
    const query = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    return (await sql(query)).length > 0;
  });
  await meanwhile();
  await held;
  return acted;
}
