import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/kernel/config.js';

/** One wrong value of every setting that can be wrong. Each holds `hunter2`, which must never be seen again. */
const WRONG = {
  DATABASE_URL: 'mysql://gateway:hunter2@db.internal/gateway',
  PORT: 'hunter2',
  GATEWAY_RETENTION_DAYS: 'hunter2',
  GATEWAY_PUBLIC_URL: 'ftp://hunter2.example.com',
  GATEWAY_SECRET: 'hunter2',
  GATEWAY_MIGRATE: 'hunter2',
  TRUSTED_PROXIES: 'hunter2',
  DATABASE_REPLICA_URL: 'mysql://gateway:hunter2@db.internal/gateway',
  DATABASE_PREPARED: 'hunter2',
  REDIS_URL: 'http://user:hunter2@cache.internal',
  SMTP_URL: 'https://user:hunter2@mail.example.com',
  MAIL_FROM: 'hunter2',
  PROVIDER_EMAIL: 'hunter2, ',
  PROVIDER_SMS: 'HUNTER2',
  PROVIDER_WHATSAPP: 'hunter2;smtp',
  PROVIDER_VOICE: ',hunter2',
  PROVIDER_SMS_BY_COUNTRY: 'hunter2',
  PROVIDER_WHATSAPP_BY_COUNTRY: 'DE=hunter2',
  PROVIDER_VOICE_BY_COUNTRY: 'de:hunter2',
  TWILIO_ACCOUNT_SID: 'hunter2',
  TWILIO_AUTH_TOKEN: 'hunter2'.repeat(1000),
  TWILIO_BASE_URL: 'https://user:hunter2@api.twilio.com',
  TWILIO_FROM: 'hunter2-hunter2',
  TWILIO_MESSAGING_SERVICE_SID: 'hunter2',
  TWILIO_WHATSAPP_FROM: 'hunter2',
  TWILIO_WHATSAPP_CONTENT: 'hunter2',
  TWILIO_VOICE_FROM: 'hunter2',
  SNS_REGION: 'hunter2',
  SNS_ACCESS_KEY_ID: 'hunter2'.repeat(1000),
  SNS_SECRET_ACCESS_KEY: 'hunter2'.repeat(1000),
  SNS_BASE_URL: 'http://hunter2.example.com',
  SNS_TOPIC_ARN: 'hunter2',
  SNS_SIGNING_CERTIFICATE: 'hunter2',
  BIRD_ACCESS_KEY: 'hunter2'.repeat(1000),
  BIRD_WORKSPACE_ID: 'hunter2',
  BIRD_SMS_CHANNEL_ID: 'hunter2',
  BIRD_SIGNING_KEY: 'hunter2'.repeat(1000),
  BIRD_BASE_URL: 'https://api.bird.com/?key=hunter2',
  HTTP_BASE_URL: 'ftp://hunter2.example.com',
  HTTP_SECRET: 'whsec_hunter2',
  HTTP_CHANNELS: 'hunter2',
  CORS_ORIGINS: 'https://hunter2.example.com/path',
  GATEWAY_LIMIT_SCALE: 'hunter2',
  LOG_LEVEL: 'hunter2',
};

function errorOf(env: Record<string, string>): ConfigError {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const settingsOf = (error: ConfigError) => error.faults.map((fault) => fault.split(' ')[0]).sort();

test('every fault of the environment is told at once', () => {
  expect(settingsOf(errorOf(WRONG))).toEqual(Object.keys(WRONG).sort());
});

test('no value is repeated in the message, because values are secrets', () => {
  const { message, faults } = errorOf({ ...WRONG, NODE_ENV: 'production' });
  expect(message).not.toContain('hunter2');
  for (const fault of faults) expect(message).toContain(fault);
});

test('nor is the value of a setting that only lacks another', () => {
  const { message } = errorOf({ SMTP_URL: 'smtp://user:hunter2@mail.example.com', NODE_ENV: 'production' });
  expect(message).toContain('MAIL_FROM');
  expect(message).not.toContain('hunter2');
});

test.each(Object.entries(WRONG))(
  'a wrong %s alone is one fault, in one line that says what it should be',
  (setting, value) => {
    const { faults, message } = errorOf({ [setting]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${setting} .{10,}`));
    expect(message).toBe(`The configuration has a fault: ${faults[0]}`);
  },
);

test('what is missing is told together with what is malformed', () => {
  const error = errorOf({ SMTP_URL: 'smtp://localhost', PORT: 'http', NODE_ENV: 'production' });
  expect(settingsOf(error)).toEqual([
    'GATEWAY_PUBLIC_URL',
    'GATEWAY_SECRET',
    'GATEWAY_SIGNING_KEYS',
    'MAIL_FROM',
    'PORT',
  ]);
});

test('a malformed setting is not told to be missing as well', () => {
  const error = errorOf({ NODE_ENV: 'production', GATEWAY_SECRET: 'short', GATEWAY_PUBLIC_URL: 'nowhere' });
  expect(settingsOf(error)).toEqual(['GATEWAY_PUBLIC_URL', 'GATEWAY_SECRET', 'GATEWAY_SIGNING_KEYS']);
});

describe.each(['DATABASE_URL', 'DATABASE_REPLICA_URL'])('%s', (setting) => {
  const DATABASE_URL = 'postgres://gateway@db.internal/gateway';
  test.each([
    ['postgres://gateway:hunter2%ss@db.internal/gateway', '%25'],
    ['postgres://gateway:hunter2%ff@db.internal/gateway', '%25'],
    ['postgres://gateway:p@db.internal/gateway%', '%25'],
    ['postgres://gateway:hunter2/x@db.internal/gateway', 'percent-encoded'],
    ['postgres://gateway:hunter2@db.internal', 'must name a database'],
    ['postgresql://gateway:hunter2@db.internal:5432/', 'must name a database'],
    ['postgres://gateway:hunter2@db.internal?sslmode=require', 'must name a database'],
  ])('%s is refused before a driver stumbles over it: what to do, and no password', (url, what) => {
    const { faults, message } = errorOf({ DATABASE_URL, [setting]: url });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${setting} .*${what}`))]);
    expect(message).not.toContain('hunter2');
  });

  test.each([
    'postgres://gateway:p%25ss%2Fword@db.internal:5432/gateway',
    'postgresql:///gateway?options=-c%20search_path%3Dother',
    'postgres://gateway@%2Fvar%2Frun%2Fpostgresql/gateway',
  ])('%s is taken as it is written', (url) => {
    const read = loadConfig({ DATABASE_URL, [setting]: url });
    expect(setting === 'DATABASE_URL' ? read.databaseUrl : read.databaseReplicaUrl).toBe(url);
  });

  const BASE = 'postgres://gateway:hunter2@db.internal/gateway';
  test.each([
    ['ssl_mode=verify-full', 'not known'],
    ['SSLMODE=verify-full', 'not known'],
    ['sslMode=verify-full', 'not known'],
    ['sslrootcrt=/ca.pem', 'not known'],
    ['schema=other', 'not known'],
    ['constructor=1', 'not known'],
    ['sslmode=', 'verify-full'],
    ['sslmode=verify_full', 'verify-full'],
    ['sslmode=allow', 'verify-full'],
    ['ssl=yes', 'true'],
    ['ssl=on', 'true'],
    ['sslrootcert=', 'a file'],
    ['sslnegotiation=Direct', 'direct'],
    ['channel_binding=required', 'require'],
    ['port=5432x', 'a number'],
    ['port=65536', 'a number'],
    ['sslmode=verify-full&sslmode=disable', 'twice'],
    ['sslmode=disable&sslnegotiation=direct', 'asks for TLS and refuses it'],
    ['ssl=0&channel_binding=require', 'asks for TLS and refuses it'],
  ])('eavesdropping: ?%s is refused, and no connection is left unencrypted by a slip of the pen', (query, what) => {
    const { faults, message } = errorOf({ DATABASE_URL, [setting]: `${BASE}?${query}` });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${setting} .*${what}`))]);
    expect(message).not.toContain('hunter2');
  });

  test('a password whose ? was not encoded is not told as the name of a parameter', () => {
    const { message } = errorOf({ DATABASE_URL, [setting]: 'postgres://gateway:12/34?hunter2@db.internal/gateway' });
    expect(message).not.toContain('hunter2');
  });

  test.each([
    ['what hosters hand out', `${BASE}?sslmode=require&channel_binding=require`, undefined],
    ['a pooler of theirs', `${BASE}?pgbouncer=true&connection_limit=1&connect_timeout=10`, undefined],
    ['the pooler of Supabase', `${BASE}?sslmode=require&supa=base-pooler.x`, undefined],
    ['TLS that is switched off', `${BASE}?sslmode=disable&sslrootcert=/ca.pem`, undefined],
    ['the socket of Cloud SQL', 'postgres://gateway:pw@/gateway?host=/cloudsql/a:b:c', 'localhost/'],
    ['a socket and its port', 'postgresql://gateway@:5433/gateway?sslmode=disable&host=/run', 'localhost:5433/'],
    ['a blank before it, and capitals', ` POSTGRES${BASE.slice('postgres'.length)}`, BASE],
    ['a blank within it', `${BASE.replace('hunter2', 'p%2Fw')}?application_name=a b`, 'p%2Fw@'],
  ])('%s is taken', (_what, url, part) => {
    const read = loadConfig({ DATABASE_URL, [setting]: url });
    const taken = setting === 'DATABASE_URL' ? read.databaseUrl : read.databaseReplicaUrl;
    expect(taken).toMatch(/^postgres(ql)?:/);
    expect(taken).toContain(part ?? url);
  });

  test.each(['postgres://u:p@db1,db2/gateway', 'postgres://db1:5432,db2:5432/gateway', `${BASE}?host=db1,db2`])(
    'several hosts are refused as such, and not looked up as one name: %s',
    (url) => {
      expect(errorOf({ DATABASE_URL, [setting]: url }).faults).toEqual([expect.stringContaining('must have one host')]);
    },
  );

  test('a user at no host is refused: with an empty variable for its name it is nobody’s wish', () => {
    expect(settingsOf(errorOf({ DATABASE_URL, [setting]: 'postgres://gateway:pw@/gateway?host=' }))).toEqual([setting]);
  });
});

describe('SMTP_URL', () => {
  const smtp = (rest: string) => ({ SMTP_URL: `smtp://user:hunter2@mail.example${rest}`, MAIL_FROM: 'a@example.com' });

  test.each([
    // The mail client leaves these out without a word, and would log in without TLS.
    ['?requiretls=true', 'not known'],
    ['?requireTls=true', 'not known'],
    ['?RequireTLS=true', 'not known'],
    ['?requireTLS=true&requireTLS=false', 'twice'],
    ['?requireTLS=True', 'true or false for requireTLS'],
    ['?requireTLS=yes', 'true or false for requireTLS'],
    ['?requireTLS=', 'true or false for requireTLS'],
    ['?requireTLS', 'true or false for requireTLS'],
    ['/requireTLS=true', 'behind the host'],
    ['#?requireTLS=true', 'behind the host'],
    ['?secure=true', 'not known'],
    ['?tls.rejectunauthorized=false', 'not known'],
    ['?tls.rejectUnauthorized=no', 'true or false for tls.rejectUnauthorized'],
    ['?tls.minVersion=1.2', 'a version such as TLSv1.2 for tls.minVersion'],
    ['?socketTimeout=0', 'a whole number above 0 for socketTimeout'],
    // What it does read, and what would print codes, read files or call another host.
    ['?logger=true&debug=true', 'not known'],
    ['?disableFileAccess=false', 'not known'],
    ['?service=gmail', 'not known'],
    ['?hunter2', 'not known'],
    ['?constructor=hunter2', 'not known'],
    ['?__proto__=hunter2', 'not known'],
  ])('%s is refused before a code goes out unprotected, and no value is repeated', (rest, why) => {
    const { faults, message } = errorOf(smtp(rest));
    expect(faults).toEqual([expect.stringContaining(why)]);
    expect(message).toMatch(/SMTP_URL (must|has)/);
    expect(message).not.toContain('hunter2');
  });

  test.each([
    '',
    '/',
    ':587',
    '?requireTLS=true',
    '?ignoreTLS=true&opportunisticTLS=false',
    '?name=gateway.example&authMethod=LOGIN&localAddress=127.0.0.1',
    '?tls.rejectUnauthorized=false&tls.servername=mail.internal&tls.minVersion=TLSv1.3&tls.maxVersion=TLSv1.3',
    '?connectionTimeout=1000&greetingTimeout=1000&socketTimeout=1000&dnsTimeout=1000',
    '?maxConnections=2&maxMessages=50&rateLimit=10&rateDelta=1000',
  ])('%s is taken as it is written', (rest) => {
    expect(loadConfig(smtp(rest)).providers.smtp?.url).toBe(smtp(rest).SMTP_URL);
  });
});

test.each(['0', '3651', '36500', '1e12'])('%s days of retention are refused, before anything is removed', (days) => {
  expect(settingsOf(errorOf({ GATEWAY_RETENTION_DAYS: days }))).toEqual(['GATEWAY_RETENTION_DAYS']);
  expect(loadConfig({ GATEWAY_RETENTION_DAYS: '3650' }).retentionDays).toBe(3_650);
});

describe.each(['PORT', 'GATEWAY_WORKER_PORT', 'GATEWAY_RETENTION_DAYS', 'GATEWAY_LIMIT_SCALE'])('%s', (setting) => {
  test.each(['   ', '\t', '0x10', '0b11', '1e', '+80', '-1', '1_000', '1,5', 'Infinity', '9'.repeat(400)])(
    'of %j is refused: it must not be taken for another number',
    (text) => {
      expect(settingsOf(errorOf({ [setting]: text }))).toEqual([setting]);
    },
  );

  test('from a file with the line ends of Windows is the number that it says', () => {
    expect(loadConfig({ [setting]: ' 12\r' })).toEqual(loadConfig({ [setting]: '12' }));
  });
});

test.each([
  'https://*.example.com',
  'https://app.example.com,https://*.example.com',
  '*',
  'https://*',
  'wss://app.example.com',
])('CORS_ORIGINS of %s is refused: it would be the origin of no page, and let nobody in without a word', (origins) => {
  expect(errorOf({ CORS_ORIGINS: origins }).faults).toEqual([expect.stringMatching(/^CORS_ORIGINS .*compared whole$/)]);
});

test.each(['prod', 'productive', 'PROD\r\n'])(
  'NODE_ENV %j is refused: it must not quietly mean development',
  (name) => {
    expect(settingsOf(errorOf({ NODE_ENV: name }))).toEqual(['NODE_ENV']);
  },
);

test('NODE_ENV from a file with the line ends of Windows is production', () => {
  expect(settingsOf(errorOf({ NODE_ENV: 'production\r' }))).toContain('GATEWAY_SECRET');
});

test('GATEWAY_PUBLIC_URL with a line end is refused: links and issuers begin with it as it is written', () => {
  const url = 'https://id.example.com\n';
  expect(settingsOf(errorOf({ GATEWAY_PUBLIC_URL: url }))).toEqual(['GATEWAY_PUBLIC_URL']);
});
