/** The log, and what of an error may stand in it. */
import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * The structured log, one JSON document a line on standard error, so that standard output stays the
 * commands' own. Names of fields that could hold a contact or a secret are cut out wherever they turn up.
 */
export function createLogger(level: string): Logger {
  const secret = [
    ...['authorization', 'password', 'secret', 'code', 'token', 'recipient', 'to', 'email', 'phone'],
    ...['instrumentId', 'fingerprint', 'holderName'],
  ];
  return pino(
    {
      level,
      redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      serializers: { err: describeError },
      base: null,
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/**
 * What a log may say of an error. A driver's error carries its statement, parameters and the row it collided with,
 * which are contacts and hashes: only its class, what of its message is PostgreSQL's own words, its SQLSTATE, its
 * constraint and the places in the code are kept.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  return {
    type: error.constructor.name === 'Object' ? error.name : error.constructor.name,
    message: sqlState === undefined ? error.message : ownWords(sqlState, error.message),
    ...(sqlState !== undefined && { sqlState, constraint }),
    at: error.stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12),
  };
}

// The row is told on the lines after the first, and class 22 (data exceptions) repeats the value on the first.
function ownWords(sqlState: string, message: string): string {
  return sqlState.startsWith('22') ? 'data exception' : (message.split('\n')[0] ?? '');
}
