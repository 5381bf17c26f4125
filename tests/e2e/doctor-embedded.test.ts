/** What `gateway doctor` says where it does not open the embedded database: a line for every check all the same. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrations } from '../../src/entities/migrations/index.js';
import { newKeySet, SIGNING_KEYS_FILE } from '../../src/sessions/signing-keys.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { answeringOwner, startOwner } from '../support/owner.js';
import { type Environment, runGateway } from '../support/processes.js';

const NAMES = migrations.map(({ name }) => name);
const CHECKS = ['configuration', 'signing keys', 'database', 'migrations', 'clock', 'providers', 'proxies'];

async function doctor(env: Environment) {
  const { code, stdout, stderr } = await runGateway(['doctor'], env);
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => line.slice(6).split(':')[0])).toEqual(CHECKS);
  return { code, stderr, storage: lines.slice(2, 5) };
}

const CLOCK = 'ok    clock: not looked at: the embedded database has the clock of this host';

test('P4: beside the process that owns the database, no check is left out, and none fails', async () => {
  await using owner = await startOwner();
  const { pid } = owner.gateway;
  expect(await doctor(owner.env)).toEqual({
    code: 0,
    stderr: '',
    storage: [`ok    database: embedded, in use by process ${pid}`, 'ok    migrations: none pending', CLOCK],
  });
});

test('beside an owner of an earlier build, migrations of this one that it has not run fail, with what to do', async () => {
  await using owner = await answeringOwner({ result: NAMES.slice(0, -1) });
  expect(await doctor(owner.env)).toEqual({
    code: 1,
    stderr: 'gateway: 1 check failed: migrations\n',
    storage: [
      `ok    database: embedded, in use by process ${process.pid}`,
      `FAIL  migrations: pending: ${NAMES.at(-1)}; stop process ${process.pid} and run gateway migrate`,
      CLOCK,
    ],
  });
});

test.each([
  ['does not know the question, as a build from before', { error: 'unknown command' }],
  ['does not answer', undefined],
])(
  'beside an owner that %s, migrations are left to it: no line is left out',
  async (_, answer) => {
    await using owner = await answeringOwner(answer);
    const { code, storage } = await doctor(owner.env);
    const left = `ok    migrations: not looked at: process ${process.pid} has the database to itself`;
    expect({ code, migrations: storage[1] }).toEqual({ code: 0, migrations: left });
  },
  20_000,
);

test('P4: before the first start no check is left out, and none fails', async () => {
  using empty = newDataDirectory({ template: false });
  expect(await doctor({ GATEWAY_DATA_DIR: empty.path })).toEqual({
    code: 0,
    stderr: '',
    storage: [
      'ok    database: embedded, not made yet',
      'ok    migrations: not looked at: the first start makes the database and migrates it',
      CLOCK,
    ],
  });
});

test('before the first start of a process that may not migrate, migrations fail, as that start would', async () => {
  using empty = newDataDirectory({ template: false });
  const env = { GATEWAY_DATA_DIR: empty.path, GATEWAY_MIGRATE: 'off', GATEWAY_SIGNING_KEYS: newKeySet() };
  const { code, stderr, storage } = await doctor(env);
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'gateway: 1 check failed: migrations\n' });
  expect(storage[1]).toMatch(/^FAIL {2}migrations: .*run gateway migrate$/);
  expect(await runGateway(['serve'], { ...env, PORT: '0' })).toMatchObject({ code: 1, stdout: '' });
});

test('a place where no database can be made, and keys that cannot be read, fail: no line is left out', async () => {
  using directory = newDataDirectory({ template: false });
  const file = join(directory.path, 'file');
  writeFileSync(file, '', { mode: 0o600 });
  const inside = join(file, 'gateway');
  expect((await doctor({ GATEWAY_DATA_DIR: inside })).storage[0]).toBe(
    `FAIL  database: embedded, not made yet, and ${inside} cannot be written: set GATEWAY_DATA_DIR`,
  );
  mkdirSync(join(directory.path, SIGNING_KEYS_FILE));
  const { code, stderr } = await doctor({ GATEWAY_DATA_DIR: directory.path });
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'gateway: 1 check failed: signing keys\n' });
});

test('a lock of the database that this user may not read fails that check: no line is left out', async () => {
  using directory = newDataDirectory();
  mkdirSync(join(directory.path, 'owner.lock'));
  const { code, storage } = await doctor({ GATEWAY_DATA_DIR: directory.path });
  expect({ code, database: storage[0] }).toEqual({ code: 1, database: 'FAIL  database: cannot be used (EISDIR)' });
});
