/** What `gateway doctor` says to an operator: one line each, what is wrong with it, and nothing that is secret. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { newKeySet } from '../../src/sessions/signing-keys.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { startMailbox } from '../support/mailbox.js';
import { type Environment, runGateway } from '../support/processes.js';
import { UPSTREAMS } from '../support/upstreams.js';
import { startBird } from '../support/vendors/bird.js';
import { birdSettings, snsSettings, twilioSettings, webhookSettings } from '../support/vendors/settings.js';
import { startSns } from '../support/vendors/sns.js';
import { startTwilio } from '../support/vendors/twilio.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';

interface Report {
  ok: boolean;
  checks: { check: string; ok: boolean; detail: string }[];
}

const directory = newDataDirectory();
const twilio = await startTwilio();
const sns = await startSns();
const bird = await startBird();
const sink = await startWebhookSink();
const mailbox = await startMailbox('user:mail-hunter2');
const mailUrl = (password: string) => mailbox.url.replace('//', `//user:${password}@`);
const holders = await Promise.all(Object.values(UPSTREAMS).map((start) => start()));
const vendors = [twilio, sns, bird, sink, ...holders];
const env: Environment = {
  GATEWAY_DATA_DIR: directory.path,
  SMTP_URL: mailUrl('mail-hunter2'),
  MAIL_FROM: 'codes@gateway.example',
  ...twilioSettings(twilio.url),
  ...snsSettings(sns.url),
  ...birdSettings(bird.url),
  ...webhookSettings(sink.url),
};
beforeEach(() => {
  for (const vendor of vendors) vendor.misbehave();
});
afterAll(async () => {
  for (const vendor of [...vendors, mailbox]) await vendor[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

async function doctor(change: Environment = {}) {
  const { code, stdout, stderr } = await runGateway(['doctor', '--json'], { ...env, ...change });
  expect(`${stdout}${stderr}`).not.toMatch(/hunter2|\n\s+at /);
  const report = JSON.parse(stdout) as Report;
  const failed = report.checks.filter(({ ok }) => !ok);
  // Every command that fails says one line on standard error, and one that does not says none.
  expect(stderr).toBe(failed.length === 0 ? '' : lineOf(failed));
  return { code, ...report, failed };
}

function lineOf(failed: Report['checks']): string {
  const names = [...new Set(failed.map(({ check }) => check))];
  return `gateway: ${names.length} check${names.length === 1 ? '' : 's'} failed: ${names.join(', ')}\n`;
}

test('P4: everything in order is exit 0, one line each, and nothing was sent', async () => {
  const { code, stdout } = await runGateway(['doctor'], env);
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([]);
  const checks = [
    'configuration',
    'signing keys',
    'database',
    'migrations',
    'clock',
    'provider smtp',
    'provider twilio-messaging',
    'provider amazon-sns',
    'provider bird-channels',
    'provider http',
    'proxies',
  ];
  expect(lines.map((line) => line.slice(6).split(':')[0])).toEqual(checks);
  expect(code).toBe(0);
  expect([mailbox.mails, twilio.messages, sns.published, bird.messages, [...sink.messages]].flat()).toEqual([]);
});

describe('exit 1, and which of them it is:', () => {
  test('credentials that are refused', async () => {
    const { code, failed } = await doctor({
      SMTP_URL: mailUrl('wrong'),
      TWILIO_AUTH_TOKEN: 'wrong',
      BIRD_ACCESS_KEY: 'wrong',
      SNS_ACCESS_KEY_ID: 'WRONG',
    });
    expect(code).toBe(1);
    const smtp = { check: 'provider smtp', ok: false, detail: 'the mail server could not be used (535)' };
    const others = ['twilio-messaging', 'amazon-sns', 'bird-channels'].map((name) => ({
      check: `provider ${name}`,
      ok: false,
      detail: `${name} refused the credentials`,
    }));
    expect(failed).toEqual([smtp, ...others]);
  });

  test('a provider that nobody reaches', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const urls = { TWILIO_BASE_URL: nowhere, SNS_BASE_URL: nowhere, BIRD_BASE_URL: nowhere, HTTP_BASE_URL: nowhere };
    const { code, failed } = await doctor({ ...urls, SMTP_URL: 'smtp://127.0.0.1:1' });
    const names = ['smtp', 'twilio-messaging', 'amazon-sns', 'bird-channels', 'http'];
    expect({ code, failed: failed.map(({ check }) => check) }).toEqual({
      code: 1,
      failed: names.map((name) => `provider ${name}`),
    });
  });

  test('settings: each fault a line, and nothing else can be looked at', async () => {
    const { code, checks } = await doctor({ PORT: 'hunter2', TWILIO_BASE_URL: 'https://user:hunter2@example.com' });
    expect(code).toBe(1);
    expect(checks.map(({ check, detail }) => [check, detail.split(' ')[0]])).toEqual([
      ['configuration', 'PORT'],
      ['configuration', 'TWILIO_BASE_URL'],
    ]);
  });

  test('signing keys that `gateway serve` would not start with, none of them said', async () => {
    const wrong = ['/nowhere/hunter2-keys.json', '{"keys": []}', newKeySet().replace(/"d": "[^"]{5}/, '"d": "AAAAA')];
    for (const GATEWAY_SIGNING_KEYS of wrong) {
      const { code, failed } = await doctor({ GATEWAY_SIGNING_KEYS });
      expect({ code, failed }).toMatchObject({ code: 1, failed: [{ check: 'signing keys' }] });
      expect(failed[0]?.detail).toMatch(/^GATEWAY_SIGNING_KEYS /);
    }
  });

  test('a database that is not there, its password unsaid', async () => {
    const { code, failed } = await doctor({ DATABASE_URL: 'postgres://gateway:hunter2@127.0.0.1:1/gateway' });
    const notLookedAt = 'not looked at: the database cannot be used';
    expect({ code, failed }).toEqual({
      code: 1,
      failed: [
        { check: 'database', ok: false, detail: 'cannot be used (ECONNREFUSED)' },
        { check: 'migrations', ok: false, detail: notLookedAt },
        { check: 'clock', ok: false, detail: notLookedAt },
      ],
    });
  });

  test('migrations that are pending', async () => {
    using empty = newDataDirectory({ template: false });
    const { mkdirSync } = await import('node:fs');
    mkdirSync(`${empty.path}/postgres`);
    const { code, failed } = await doctor({ GATEWAY_DATA_DIR: empty.path });
    expect(code).toBe(1);
    expect(failed).toMatchObject([{ check: 'migrations', detail: expect.stringContaining('run gateway migrate') }]);
  });

  test('an https public URL in production, with no proxy trusted', async () => {
    const vendor = 'https://vendor.invalid';
    const { failed } = await doctor({
      NODE_ENV: 'production',
      GATEWAY_SECRET: 'x'.repeat(32),
      GATEWAY_SIGNING_KEYS: newKeySet(),
      GATEWAY_PUBLIC_URL: 'https://gateway.example',
      TWILIO_BASE_URL: vendor,
      SNS_BASE_URL: vendor,
      BIRD_BASE_URL: vendor,
      HTTP_BASE_URL: vendor,
      SMTP_URL: 'smtp://localhost',
    });
    expect(failed.at(-1)).toMatchObject({ check: 'proxies' });
  });
});

describe('U1: vendors that hold the code', () => {
  const settings: Environment = Object.assign(
    { GATEWAY_DATA_DIR: directory.path },
    ...holders.map((each) => each.settings),
  );

  test('are asked without anything being sent', async () => {
    const { stdout } = await runGateway(['doctor', '--json'], settings);
    const { checks } = JSON.parse(stdout) as Report;
    const asked = checks.filter(({ check }) => check.startsWith('provider '));
    expect(asked.map(({ check, ok }) => [check, ok])).toEqual(holders.map(({ name }) => [`provider ${name}`, true]));
    expect(holders.flatMap(({ book }) => book.sent)).toEqual([]);
  });

  test('that nobody reaches fail by name', async () => {
    const nowhere = Object.fromEntries(
      Object.keys(settings).flatMap((name) => (name.endsWith('_BASE_URL') ? [[name, 'http://127.0.0.1:1']] : [])),
    );
    const { code, stdout } = await runGateway(['doctor', '--json'], { ...settings, ...nowhere });
    const failed = (JSON.parse(stdout) as Report).checks.filter(({ ok }) => !ok);
    expect(code).toBe(1);
    expect(failed.map(({ check }) => check)).toEqual(holders.map(({ name }) => `provider ${name}`));
    for (const { detail } of failed) expect(detail).toMatch(/could not be reached/);
  });

  test('whose credentials are refused fail by name; Transmit Security has none of the gateway’s', async () => {
    const wrong = Object.fromEntries(
      ['TWILIO_AUTH_TOKEN', 'BIRD_ACCESS_KEY', 'GRID_CLIENT_SECRET', 'EZID_CLIENT_SECRET', 'EASY_API_KEY'].map(
        (name) => [name, 'wrong'],
      ),
    );
    wrong['BIRD_API_KEY'] = 'bk_eu1_wrong';
    const { code, stdout } = await runGateway(['doctor', '--json'], { ...settings, ...wrong });
    expect(code).toBe(1);
    const failed = (JSON.parse(stdout) as Report).checks.filter(({ ok }) => !ok);
    expect(failed.map(({ detail }) => detail)).toEqual(
      ['twilio-verify', 'bird-verify', 'bird-verify-v1', 'lightspark-grid', 'ezid', 'easy-connect'].map(
        (name) => `${name} refused the credentials`,
      ),
    );
  });
});
