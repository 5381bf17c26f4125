/** The log, and what of an error may stand in it. */
import { type DestinationStream, type Logger, pino } from 'pino';

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
    standardError(),
  );
}

/** Bytes of lines that wait for standard error to take them; those that come then are dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Standard error, which may be a file on a full disk: that neither ends the process nor keeps it from its end. */
function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: false, minLength: 1, maxLength: MAX_WAITING_BYTES });
  let isFailing = false;
  stream.on('error', () => {
    isFailing = true;
  });
  stream.on('write', () => {
    isFailing = false;
  });
  // What failed is tried again by the next line that is taken, and once enough wait none is.
  stream.on('drop', () => stream.flush());
  // At the exit of a process sonic-boom tries for ever to write what cannot be written.
  const { flushSync } = stream;
  stream.flushSync = () => {
    if (!isFailing) flushSync.call(stream);
  };
  return stream;
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
