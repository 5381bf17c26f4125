/** What a connection to a PostgreSQL server is made with, MikroORM's or the queue's. */

/**
 * For connections whose statements all find their rows by a key: plan once and not for every execution, and never
 * keep the scan of a whole table that looked cheap while the table was empty.
 */
export const SESSION_OPTIONS = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';

/** How a session is used. */
export interface SessionUse {
  /** Whether a connection keeps its session between transactions. */
  readonly prepared: boolean;
  /** Milliseconds after which the process gives a statement up; absent: never. */
  readonly deadlineMs?: number | undefined;
}

/**
 * The driver's own settings for a session at `url`. The driver reads the URL itself, because its parameters say whether
 * the connection is encrypted, and to whom (libpq, section 34.1.2: `sslmode`, `sslrootcert`, `host` of a socket).
 *
 * Behind a pooler in transaction mode the next transaction may have another session: nothing is asked of it that one
 * would have to keep, statements by name included.
 */
export function sessionAt(url: string, { prepared, deadlineMs }: SessionUse): DriverSettings {
  if (!prepared) return { connectionString: url };
  const location = new URL(url);
  const named = location.searchParams.get('options');
  const own = deadlineMs === undefined ? SESSION_OPTIONS : `${SESSION_OPTIONS} ${timeoutsOf(deadlineMs)}`;
  if (named === null) return { connectionString: url, options: own };
  // A parameter of the URL is all that the driver takes; what the operator names comes last, and stands.
  location.searchParams.set('options', `${own} ${named}`);
  return { connectionString: location.href };
}

/** As `pg` has them. */
export interface DriverSettings {
  readonly connectionString: string;
  readonly options?: string;
}

/**
 * PostgreSQL gives up a moment before the process does. What the process alone gave up would run on, with its locks and
 * its backend, and a slow statement would look like a server that went away. A transaction whose host was cut off keeps
 * its locks too, until TCP notices, which takes two hours.
 */
function timeoutsOf(deadlineMs: number): string {
  const ms = Math.ceil(deadlineMs - Math.min(deadlineMs / 4, 1_000));
  return `-c statement_timeout=${ms} -c idle_in_transaction_session_timeout=${ms}`;
}
