/** Whether a connection to PostgreSQL is encrypted, and to whom, by the parameters of its URL. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { isTlsAsked, isTlsRefused, type Parameters } from '../kernel/config-database-parameters.js';

/** As `pg` has them. */
export type TlsSettings = false | Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'host' | 'rejectUnauthorized'>;

/**
 * Reads the files of certificates now. `pg` would read them for every connection, in a callback of a socket: one that
 * is not there for a moment, while it is replaced, would end the process.
 *
 * Every mode but `no-verify` checks the certificate and its name, also where libpq would check less: an encrypted
 * connection to whoever answered keeps nobody from reading.
 *
 * @returns undefined where the URL asks for nothing, so that `PGSSLMODE` decides
 * @throws {Error} where a file cannot be read
 */
export function tlsOf(parameters: Parameters, host: string): TlsSettings | undefined {
  const { sslmode, ssl, sslrootcert, sslcert, sslkey } = parameters;
  if (isTlsRefused(parameters)) return false;
  if (!isTlsAsked(parameters) && (sslrootcert ?? sslcert ?? sslkey) === undefined) return undefined;
  return {
    // The word of libpq for the authorities that the system knows, and no file.
    ...(sslrootcert !== undefined && sslrootcert !== 'system' && { ca: read(sslrootcert) }),
    ...(sslcert !== undefined && { cert: read(sslcert) }),
    ...(sslkey !== undefined && { key: read(sslkey) }),
    // `pg` tells Node names alone, and of an address Node would check that the certificate is for `localhost`.
    ...(isIP(host) !== 0 && { host }),
    ...((sslmode ?? ssl) === 'no-verify' && { rejectUnauthorized: false }),
  };
}

const read = (path: string): string => readFileSync(path, 'utf8');
