/** What a connection to a PostgreSQL server is made with, MikroORM's or the queue's. */
import type { Parameters } from '../kernel/config-database-parameters.js';
import { type TlsSettings, tlsOf } from './server-tls.js';

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
 * The driver's own settings for a session at `url`, which is read here and once: the driver would read it again for every
 * connection, files of certificates included.
 *
 * Behind a pooler in transaction mode the next transaction may have another session: nothing is asked of it that one
 * would have to keep, statements by name included.
 *
 * @throws {CertificateFileError} where a file that the URL names is of no use
 */
export function sessionAt(url: string, { prepared, deadlineMs }: SessionUse): DriverSettings {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const named: Parameters = Object.fromEntries(searchParams);
  const host = named['host'] || decodeURIComponent(hostname).replace(/^\[(.+)\]$/, '$1');
  const tls = tlsOf(named, host);
  // What the operator names comes last, and stands.
  const options = [prepared && SESSION_OPTIONS, prepared && deadlineMs && timeoutsOf(deadlineMs), named['options']];
  return {
    host,
    port: Number(named['port'] || port),
    user: named['user'] || decodeURIComponent(username),
    password: named['password'] || decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    options: options.filter(Boolean).join(' '),
    ...(tls !== undefined && { ssl: tls }),
    ...only(named, ['application_name', 'sslnegotiation']),
  };
}

function only(named: Parameters, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (named[name] ? [[name, named[name]]] : [])));
}

/** As `pg` has them. What is empty, or 0, is what the environment says (`PGHOST`, `PGUSER`), or a default of its own. */
export interface DriverSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly options: string;
  readonly ssl?: TlsSettings;
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
