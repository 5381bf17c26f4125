/** What one check found, in words for an operator. No secret, whatever went wrong. */
import { DirectoryUnwritableError } from '../entities/data-directory.js';
import { DirectoryInUseError } from '../entities/directory-lock.js';
import { CertificateFileError } from '../entities/server-tls.js';
import { describeError } from '../telemetry/logger.js';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const failed = (check: string, detail: string): Finding => ({ check, ok: false, detail });
export const passed = (check: string, detail: string): Finding => ({ check, ok: true, detail });

/** Errors in the gateway's own words, which say what to set. */
const TOLD = [CertificateFileError, DirectoryInUseError, DirectoryUnwritableError];

/** A check that an error ended. Another's message stays unsaid: a driver's may repeat the URL. */
export function unusable(check: string, error: unknown): Finding {
  if (TOLD.some((type) => error instanceof type)) return failed(check, (error as Error).message);
  const { code } = error as { code?: unknown };
  return failed(check, `cannot be used (${typeof code === 'string' ? code : describeError(error)['type']})`);
}

/** The names of the checks that failed, in one line; undefined where none did. */
export function summarizeFailures(findings: readonly Finding[]): string | undefined {
  const names = [...new Set(findings.filter(({ ok }) => !ok).map(({ check }) => check))];
  if (names.length === 0) return undefined;
  return `${names.length} ${names.length === 1 ? 'check' : 'checks'} failed: ${names.join(', ')}`;
}
