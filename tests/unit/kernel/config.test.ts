import { isAbsolute } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/kernel/config.js';

const SECRET = 'x'.repeat(32);
const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};
const settingsAtFault = (env: Record<string, string>) => faultsOf(env).map((fault) => fault.split(' ')[0]);

describe('without any setting', () => {
  test('the gateway is a development one, on the loopback address and the embedded database', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      production: false,
      databaseUrl: undefined,
      host: '127.0.0.1',
      port: 4000,
      publicUrl: 'http://127.0.0.1:4000',
      secrets: [],
      migrate: true,
      trustedProxies: [],
      providers: { routes: { EMAIL: {}, SMS: {}, WHATSAPP: {}, VOICE: {} } },
      corsOrigins: [],
      limitScale: 1,
      logLevel: 'info',
    });
    expect(isAbsolute(config.dataDirectory)).toBe(true);
  });

  test('an empty setting is an absent one', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '', GATEWAY_SECRET: '' })).toEqual(loadConfig({}));
  });
});

describe('in production', () => {
  const production = {
    NODE_ENV: 'production',
    GATEWAY_SECRET: SECRET,
    GATEWAY_SIGNING_KEYS: '/etc/gateway/keys.json',
    GATEWAY_PUBLIC_URL: 'https://id.example.com/',
  };

  test('a secret and a public URL are required, and both are told at once', () => {
    expect(settingsAtFault({ NODE_ENV: 'production' })).toEqual([
      'GATEWAY_SECRET',
      'GATEWAY_SIGNING_KEYS',
      'GATEWAY_PUBLIC_URL',
    ]);
    expect(faultsOf(production)).toEqual([]);
  });

  test('nothing migrates by itself unless it is told to', () => {
    expect(loadConfig(production).migrate).toBe(false);
    expect(loadConfig({ ...production, GATEWAY_MIGRATE: 'auto' }).migrate).toBe(true);
    expect(loadConfig({ GATEWAY_MIGRATE: 'off' }).migrate).toBe(false);
  });

  test('the public URL loses its last slash, so that paths can be put behind it', () => {
    expect(loadConfig(production).publicUrl).toBe('https://id.example.com');
  });
});

test.each(['?a=hunter2', '?', '#hunter2', '#', '/path?a=hunter2'])(
  'a public URL that ends in %s is refused: no link or `iss` could be made of it',
  (end) => {
    const faults = ['GATEWAY_PUBLIC_URL must not hold a query or a fragment'];
    expect(faultsOf({ GATEWAY_PUBLIC_URL: `https://id.example.com${end}` })).toEqual(faults);
  },
);

test.each(['hunter2', 'user:hunter2', ':hunter2'])(
  'a public URL with the user %s is refused: every link and token would tell it',
  (user) => {
    const faults = ['GATEWAY_PUBLIC_URL must not hold a user or a password'];
    expect(faultsOf({ GATEWAY_PUBLIC_URL: `https://${user}@id.example.com` })).toEqual(faults);
  },
);

test('a public URL may have a path, and http outside this machine, where a proxy ends TLS', () => {
  expect(loadConfig({ GATEWAY_PUBLIC_URL: 'http://id.internal/verify/' }).publicUrl).toBe('http://id.internal/verify');
});

test('several secrets are read newest first, and one too short among them is a fault', () => {
  expect(loadConfig({ GATEWAY_SECRET: `${SECRET}1, ${SECRET}2` }).secrets).toEqual([`${SECRET}1`, `${SECRET}2`]);
  expect(settingsAtFault({ GATEWAY_SECRET: `${SECRET},${'x'.repeat(31)}` })).toEqual(['GATEWAY_SECRET']);
  expect(faultsOf({ GATEWAY_SECRET: 'ü'.repeat(16) })).toEqual([]);
});

test('mail is sent only where both the server and the sender are known', () => {
  expect(settingsAtFault({ SMTP_URL: 'smtp://localhost' })).toEqual(['MAIL_FROM']);
  const env = { SMTP_URL: 'smtp://localhost', MAIL_FROM: 'Codes <codes@example.com>' };
  expect(loadConfig(env).providers.smtp).toEqual({ url: 'smtp://localhost', from: 'Codes <codes@example.com>' });
  expect(loadConfig({ MAIL_FROM: 'codes@example.com' }).providers.smtp).toBeUndefined();
});

describe('a client cannot be made to choose its own address', () => {
  test.each([
    'true',
    '1',
    '0',
    'loopback',
    '*',
    '.',
    'dead.beef',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::/129',
    '1.2.3.4/8/9',
    '10.0.0.1/8',
  ])('by TRUSTED_PROXIES=%s, which is no range', (ranges) => {
    expect(settingsAtFault({ TRUSTED_PROXIES: ranges })).toEqual(['TRUSTED_PROXIES']);
  });

  test.each(['0.0.0.0/0', '::/0', '10.0.0.0/8,0.0.0.0/0'])('by TRUSTED_PROXIES=%s, which is everybody', (ranges) => {
    expect(settingsAtFault({ TRUSTED_PROXIES: ranges })).toEqual(['TRUSTED_PROXIES']);
  });

  test('while addresses and ranges of both families are taken', () => {
    const ranges = ['10.0.0.0/8', '192.0.2.1', '::1', 'fd00::/8', '192.0.2.1/32'];
    expect(loadConfig({ TRUSTED_PROXIES: ranges.join(', ') }).trustedProxies).toEqual(ranges);
  });
});

test('GATEWAY_LIMIT_SCALE is a number above 0', () => {
  expect(loadConfig({ GATEWAY_LIMIT_SCALE: '2.5' }).limitScale).toBe(2.5);
  expect(loadConfig({ GATEWAY_LIMIT_SCALE: '1e6' }).limitScale).toBe(1_000_000);
  for (const scale of ['0', '-1', 'Infinity', 'NaN', 'many']) {
    expect(settingsAtFault({ GATEWAY_LIMIT_SCALE: scale }), scale).toEqual(['GATEWAY_LIMIT_SCALE']);
  }
});

test('an IPv6 host makes an address that is one', () => {
  expect(loadConfig({ HOST: '::1' }).publicUrl).toBe('http://[::1]:4000');
});
