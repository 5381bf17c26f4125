/**
 * The hot paths' way to the database: statements written out, run on MikroORM's own connection (PostgreSQL or
 * embedded), without the unit of work. The identity map costs ten times the query on a read, and read-then-write
 * through it lets concurrent guesses through.
 */
import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely';
import { isTracing, SpanKind, traced } from '../telemetry/tracing.js';
import type { Orm } from './orm.js';
import { summaryOf } from './statement-summary.js';

/** Where a statement runs: the pool, or one open transaction. */
export interface Connection {
  executeQuery<Row>(statement: Statement<Row>): Promise<{ readonly rows: Row[] }>;
}
export type Transaction = KyselyTransaction<unknown>;
/** One statement with its parameters, as Kysely takes it. */
export type Statement<Row> = CompiledQuery<Row>;

export type Value = string | number | boolean | null | Date | Uint8Array | readonly unknown[];

export interface Database {
  /** Statements outside any transaction: each commits by itself. */
  readonly pool: Connection;
  /** Lists that decide nothing; may be behind. */
  readonly lists: Connection;
  /**
   * Runs `work` in one transaction. On the embedded database every statement inside must use the transaction it
   * is given: there is one connection, and a statement on the pool would wait for itself.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
}

export const poolOf = (orm: Orm): Kysely<unknown> => orm.em.getKysely() as Kysely<unknown>;

/**
 * @param pool where statements outside transactions run
 * @param lists where lists are read
 */
export function databaseOf(orm: Orm, pool: Connection = poolOf(orm), lists = pool): Database {
  const kysely = poolOf(orm);
  return { pool, lists, transaction: (work) => kysely.transaction().execute(work) };
}

/**
 * A unit of work in an open transaction; whoever makes changes flushes them. `em.transactional` is not to be used:
 * where PostgreSQL dies between its BEGIN and its COMMIT it never gives the connection back, and twenty of these are
 * the whole pool.
 */
export function entityManagerIn(orm: Orm, transaction: Transaction): Orm['em'] {
  const em = orm.em.fork();
  em.setTransactionContext(transaction);
  return em;
}

/** Runs one statement with `$1`-style parameters and returns its rows. */
export function run<Row>(connection: Connection, text: string, values: readonly Value[] = []): Promise<Row[]> {
  return isTracing() ? runTraced(connection, text, values) : execute(connection, text, values);
}

function runTraced<Row>(connection: Connection, text: string, values: readonly Value[]): Promise<Row[]> {
  const { summary, operation, table } = summaryOf(text);
  const attributes = {
    'db.system.name': 'postgresql',
    'db.query.summary': summary,
    ...(operation !== undefined && { 'db.operation.name': operation }),
    ...(table !== undefined && { 'db.collection.name': table }),
  };
  return traced(summary, { kind: SpanKind.CLIENT, attributes }, () => execute<Row>(connection, text, values));
}

async function execute<Row>(connection: Connection, text: string, values: readonly Value[]): Promise<Row[]> {
  const result = await connection.executeQuery(CompiledQuery.raw(text, values as unknown[]) as Statement<Row>);
  return result.rows;
}

/** Runs a statement that answers with one row or none. */
export async function runOne<Row>(
  connection: Connection,
  text: string,
  values: readonly Value[] = [],
): Promise<Row | undefined> {
  return (await run<Row>(connection, text, values))[0];
}

const UNIQUE_VIOLATION = '23505';

/** The name of the unique constraint that refused a statement, or undefined when something else went wrong. */
export function violatedUnique(error: unknown): string | undefined {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === UNIQUE_VIOLATION ? constraint : undefined;
}

const DIVISION_BY_ZERO = '22012';

/** True where a statement divided by zero, which is how one undoes itself on what it found. */
export const isDivisionByZero = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === DIVISION_BY_ZERO;

/** A `timestamptz` as the drivers hand it over. */
export type Timestamp = string | Date;

/** RFC 3339 in UTC with milliseconds. */
export function toDate(timestamp: Timestamp): Date {
  return timestamp instanceof Date ? timestamp : new Date(timestamp);
}

export const toDateOrNull = (timestamp: Timestamp | null): Date | null =>
  timestamp === null ? null : toDate(timestamp);

// SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutdown), and what the socket says. 25006 is a primary that
// came back as a standby: its connections have to be left, or a process would stay on it after a switchover.
const UNAVAILABLE =
  /^(08...|25006|53...|57P0.|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|EPROTO|ETIMEDOUT)$/;
// A server with which TLS failed, or whose certificate is refused, in the words of Node and OpenSSL.
const UNTRUSTED =
  /^((CERT|DEPTH_ZERO|ERR_SSL|ERR_TLS|SELF_SIGNED|UNABLE_TO)_\w+|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))$/;

const QUERY_CANCELED = '57014';

/** True where a server that is there ended the statement, which took too long. Its connection is as good as before. */
export const isCanceled = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === QUERY_CANCELED;

// The driver has no code for these. The last is what comes after in a transaction whose connection ended between two
// statements.
const CONNECTION_LOST =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client .* is not queryable)/;
const WITHOUT_TLS = /^(The server does not support SSL|There was an error establishing an SSL) connection/;

/** True when a statement failed because the database could not be reached, not because of the statement. */
export function isUnavailable(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && (UNAVAILABLE.test(code) || UNTRUSTED.test(code))) return true;
  return typeof message === 'string' && (CONNECTION_LOST.test(message) || WITHOUT_TLS.test(message));
}
