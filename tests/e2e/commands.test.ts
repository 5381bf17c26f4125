/** What the command line says when it is asked, and when it cannot do what it is told. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MigrationReport } from '../../src/commands/migrate.js';
import { databaseIn } from '../../src/entities/data-directory.js';
import { loadSigningKeys } from '../../src/sessions/signing-keys.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { runGateway } from '../support/processes.js';

const directory = newDataDirectory();
const env = { GATEWAY_DATA_DIR: directory.path };
afterAll(() => directory[Symbol.dispose]());

test('a name with addresses of both families is tried for long enough to reach the other side of the world', async () => {
  const atExit = `import net from 'node:net';
    process.on('exit', () => console.error(net.getDefaultAutoSelectFamilyAttemptTimeout()));`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(atExit)}`;
  expect((await runGateway(['--version'], { NODE_OPTIONS })).stderr).toBe('1000\n');
});

describe('--help', () => {
  test('names every command, and every command explains itself', async () => {
    const { code, stdout, stderr } = await runGateway(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const commands = ['serve', 'work', 'migrate', 'doctor', 'workspaces', 'keys', 'operations', 'events'];
    const rotation = [
      'signing-keys add',
      'signing-keys promote',
      'signing-keys retire',
      'keys rotate',
      'secrets status',
    ];
    for (const command of [...commands, 'signing-keys', 'secrets', ...rotation]) {
      expect(stdout).toContain(command.split(' ')[0]);
      const help = await runGateway([...command.split(' '), '--help']);
      expect({ command, code: help.code }).toEqual({ command, code: 0 });
      expect(help.stdout).toContain(`gateway ${command}`);
      expect(help.stdout).toContain('--json');
    }
    expect((await runGateway(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('help <command> is the help of that command, of one in a group too', async () => {
    for (const command of [[], ['serve'], ['keys'], ['keys', 'create'], ['signing-keys', 'add']]) {
      const help = await runGateway(['help', ...command]);
      expect(help).toEqual(await runGateway([...command, '--help']));
      expect(help.stdout).toContain(`Usage: ${['gateway', ...command].join(' ')} [options]`);
    }
  });

  test.each([
    [['nonsense']],
    [['help', 'nonsense']],
    [['help', 'keys', 'nonsense']],
    [['serve', '--nonsense']],
    [['keys', 'create', '--kind', 'secret']],
    [['keys', 'create', '--kind', 'golden', '--mode', 'test']],
    [['keys', 'rotate']],
    [['keys', 'rotate', 'ApiKey:1', '--overlap', 'a day']],
    [['keys', 'rotate', 'ApiKey:1', '--overlap', '-1']],
    [['signing-keys', 'nonsense']],
    [['secrets', 'nonsense']],
    [['key', 'create']],
    [['keys', 'create', '--workspac', 'x']],
  ])('%j is refused with one line on standard error', async (args) => {
    const { code, stdout, stderr } = await runGateway(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^\S.*\n$/);
  });
});

test('signing-keys create makes a key set that a process starts with, and another one each time', async () => {
  const make = async () => (await runGateway(['signing-keys', 'create', '--json'], env)).stdout;
  const [first, second] = [await make(), await make()];
  expect(first).not.toBe(second);
  const { keys } = JSON.parse(first) as { keys: Record<string, string>[] };
  expect(keys).toEqual([expect.objectContaining({ kty: 'EC', crv: 'P-256', alg: 'ES256', d: expect.any(String) })]);
  expect((await loadSigningKeys({ signingKeys: first, dataDirectory: '' })).current.alg).toBe('ES256');
});

describe('settings', () => {
  const secret = 'too-short-to-be-a-secret';

  test('that production needs are all told at once, and the process exits 1', async () => {
    const { code, stdout, stderr } = await runGateway(['serve'], { ...env, NODE_ENV: 'production' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    for (const setting of ['GATEWAY_SECRET', 'GATEWAY_SIGNING_KEYS', 'GATEWAY_PUBLIC_URL'])
      expect(stderr).toContain(setting);
  });

  test('that are wrong are told together with those that are missing, and no value is printed', async () => {
    const { code, stdout, stderr } = await runGateway(['serve', '--json'], {
      NODE_ENV: 'production',
      GATEWAY_SECRET: secret,
      DATABASE_URL: 'mysql://user:hunter2@db/gateway',
      PORT: 'eighty',
      TRUSTED_PROXIES: 'true',
      SMTP_URL: 'smtp://user:hunter3@mail.example',
      LOG_LEVEL: 'loud',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const settings = [
      'GATEWAY_SECRET',
      'DATABASE_URL',
      'PORT',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
      'MAIL_FROM',
      'GATEWAY_PUBLIC_URL',
    ];
    for (const setting of settings) expect(stderr).toContain(setting);
    expect(stderr).not.toMatch(new RegExp(`${secret}|hunter|eighty|loud|\\n\\s+at `));
  });

  test('of which one is wrong end the process with one line that names it', async () => {
    const { code, stdout, stderr } = await runGateway(['serve'], { ...env, PORT: 'eighty' });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'gateway: The configuration has a fault: PORT must be a port number, 0 to 65535\n',
    });
  });

  test('that name a database which is not there end the process with one line without the password', async () => {
    const gone = { DATABASE_URL: 'postgres://gateway:hunter2@127.0.0.1:9/gateway', GATEWAY_SECRET: secret.repeat(2) };
    const { code, stdout, stderr } = await runGateway(['serve'], gone);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    expect(stderr).not.toContain('hunter2');
  });
});

describe('migrate', () => {
  test('P4: --check exits 1 with a line where migrations are pending, 0 where none is, and changes nothing', async () => {
    using empty = newDataDirectory({ template: false });
    const fresh = { GATEWAY_DATA_DIR: join(empty.path, 'gateway') };
    const check = async () => {
      const { code, stdout, stderr } = await runGateway(['migrate', '--check', '--json'], fresh);
      return { code, stderr, ...(JSON.parse(stdout) as MigrationReport) };
    };
    const pending = await check();
    expect(pending).toMatchObject({ code: 1, upToDate: false });
    expect(pending.migrations.length).toBeGreaterThan(1);
    // Where DATABASE_URL was forgotten, an answer from a database made for it would hide that.
    expect(pending.stderr).toContain('There is no database yet: DATABASE_URL is not set');
    expect(pending.stderr).toContain(fresh.GATEWAY_DATA_DIR);
    expect(await check()).toEqual(pending);
    expect(readdirSync(empty.path)).toEqual([]);
    mkdirSync(databaseIn(fresh.GATEWAY_DATA_DIR), { recursive: true });
    const line = `gateway: ${pending.migrations.length} migrations are pending; run gateway migrate\n`;
    const { reason: _, ...same } = pending;
    expect(await check()).toEqual({ ...same, stderr: line });
    const { code, stdout } = await runGateway(['migrate', '--json'], fresh);
    expect({ code, report: JSON.parse(stdout) }).toEqual({
      code: 0,
      report: { migrations: pending.migrations, upToDate: true },
    });
    expect(await check()).toEqual({ code: 0, stderr: '', migrations: [], upToDate: true });
  });
});
