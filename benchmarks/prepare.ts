/** Contenders made ready: each with a database, processes and load generators of its own. */
import pg from 'pg';
import { batchesOf } from '../tests/support/past-verifications.ts';
import { createDatabase } from '../tests/support/postgres.ts';
import type { Contender, Fixture } from './contender.ts';
import { type LoadProcess, startLoad } from './load-process.ts';
import type { Options } from './options.ts';
import { type RunningServer, settingsOf, startServer } from './server-process.ts';

/** All that stands ready for a contender's rounds. */
export interface Bench {
  contender: Contender;
  options: Options;
  /** Its processes, and for each a load generator of its own. */
  servers: readonly RunningServer[];
  loads: readonly LoadProcess[];
  database: pg.Client;
  backendPid: number;
  fixture: Fixture;
}

const READERS = 1_000;

/**
 * Starts a contender on a database of its own and fills it. Throws where it does not start.
 *
 * @param say receives a line for each thing that begins
 * @param cleanUp what is started ends with it
 */
export async function prepare(
  contender: Contender,
  postgresUrl: string,
  options: Options,
  say: (line: string) => void,
  cleanUp: AsyncDisposableStack,
): Promise<Bench> {
  const own = await createDatabase(postgresUrl, `bench ${contender.name}`);
  cleanUp.defer(own.drop);
  say(`${contender.name}: starts`);
  const settings = settingsOf(contender);
  const servers: RunningServer[] = [];
  // One after the other: the first makes the tables.
  for (let index = 0; index < options.processes; index += 1) {
    const server = await startServer(contender, own.url, options.profile, settings);
    cleanUp.defer(server.stop);
    servers.push(server);
  }
  const newcomers = options.warmUp + options.rounds * options.verifications;
  say(`${contender.name}: is filled with ${READERS + newcomers} customers`);
  const fixture = await contender.seed(servers[0] as RunningServer, { readers: READERS, newcomers });
  for (const server of servers) await contender.register?.(server, fixture);
  const database = cleanUp.adopt(new pg.Client({ connectionString: own.url }), (client) => client.end());
  await database.connect();
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (options.history > 0) {
    say(`${contender.name}: is given a history of ${options.history}`);
    // Filled up to some hours ago, so that none is under way and in the way of a send.
    const month = Math.ceil(options.history * 1.01);
    // Foreign keys of ten million rows take longer to check than the rows to write, and these are known to be right.
    await database.query('SET session_replication_role = replica');
    for (const [first, last] of batchesOf(options.history))
      await database.query(contender.history, [first, last, month]);
    await database.query('RESET session_replication_role');
    await database.query('VACUUM ANALYZE');
    await database.query('CHECKPOINT');
  }
  const loads = servers.map(() => cleanUp.adopt(startLoad(), ({ stop }) => stop()));
  return { contender, options, servers, database, backendPid: rows[0]?.pid ?? 0, loads, fixture };
}
