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
 * @throws {CertificateFileError}
 */
export function tlsOf(parameters: Parameters, host: string): TlsSettings | undefined {
  const { sslmode, ssl, sslrootcert, sslcert, sslkey } = parameters;
  // PostgreSQL speaks no TLS at a socket, where nobody stands between, and would be taken for a server without any.
  if (isTlsRefused(parameters) || host.startsWith('/')) return false;
  if (!isTlsAsked(parameters) && (sslrootcert ?? sslcert ?? sslkey) === undefined) return undefined;
  return {
    // The word of libpq for the authorities that the system knows, and no file.
    ...(sslrootcert !== undefined && sslrootcert !== 'system' && { ca: read('sslrootcert', sslrootcert) }),
    ...(sslcert !== undefined && { cert: read('sslcert', sslcert) }),
    ...(sslkey !== undefined && { key: read('sslkey', sslkey) }),
    // `pg` tells Node names alone, and of an address Node would check that the certificate is for `localhost`.
    ...(isIP(host) !== 0 && { host }),
    ...((sslmode ?? ssl) === 'no-verify' && { rejectUnauthorized: false }),
  };
}

/** A file of a database URL is of no use: says which, and never the URL. */
export class CertificateFileError extends Error {
  override readonly name = 'CertificateFileError';
  constructor(parameter: string, path: string, fault: string, cause?: unknown) {
    super(`${path}, the ${parameter} of a database URL, ${fault}`, { cause });
  }
}

function read(parameter: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CertificateFileError(parameter, path, `cannot be read (${code})`, error);
  }
  // Of an empty one Node would trust all public authorities in place of the one that was meant.
  if (!text.includes('-----BEGIN ')) throw new CertificateFileError(parameter, path, 'holds no PEM (RFC 7468)');
  return text;
}
