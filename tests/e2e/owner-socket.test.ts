/** The socket over which commands reach the process that owns the embedded database. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrations } from '../../src/entities/migrations/index.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { answeringOwner, documentOf, startOwner } from '../support/owner.js';
import { runGateway, startCommand } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

/** A command that is interrupted once it has asked, before it is answered. */
async function askAndLeave(path: string, request: object): Promise<void> {
  const socket = createConnection({ path, allowHalfOpen: true });
  socket.end(JSON.stringify(request));
  await once(socket, 'finish');
  socket.destroy();
}

test('commands that are interrupted while they are answered do not end the process that serves', async () => {
  await using owner = await startOwner();
  const socket = join(owner.env['GATEWAY_DATA_DIR'] as string, 'owner.sock');
  // The first of these takes a while: the schema is built for it.
  for (let asked = 0; asked < 5; asked += 1) {
    await askAndLeave(socket, { command: 'publishOperations', request: { operations: [] } });
    await askAndLeave(socket, { command: 'countRowsUnderKeys', request: {} });
    await askAndLeave(socket, { command: 'none', request: {} });
  }
  const created = await runGateway(['--json', 'workspaces', 'create', '--name', 'Ada'], owner.env);
  expect(documentOf(created)).toMatchObject({ name: 'Ada' });
  expect(owner.gateway.stderr()).toBe('');
  expect(owner.gateway.hasEnded()).toBe(false);
});

test('a program that connects and never asks does not hold up the end of the process', async () => {
  await using owner = await startOwner();
  const socket = createConnection({ path: join(owner.env['GATEWAY_DATA_DIR'] as string, 'owner.sock') });
  await once(socket, 'connect');
  // The owner closes it, which may come as a reset.
  socket.on('error', () => {});
  expect(await owner.gateway.end()).toMatchObject({ code: 0, stderr: '' });
  socket.destroy();
});

const createWorkspace = (env: Record<string, string>, name: string) =>
  runGateway(['--json', 'workspaces', 'create', '--name', name], env);

test('race: commands at once without a process that serves take turns: each is done', async () => {
  using directory = newDataDirectory();
  const env = { GATEWAY_DATA_DIR: directory.path };
  const created = await Promise.all(['Ada', 'Bob', 'Cy'].map((name) => createWorkspace(env, name)));
  expect(created.map((each) => documentOf<{ name: string }>(each).name)).toEqual(['Ada', 'Bob', 'Cy']);
});

test('race: a command beside a process that is still starting waits for it', async () => {
  using directory = newDataDirectory();
  const env = { GATEWAY_DATA_DIR: directory.path, PORT: '0' };
  await using gateway = startCommand(['serve'], env);
  await waitFor('it has the directory', () => existsSync(join(directory.path, 'owner.lock')));
  expect(documentOf(await createWorkspace(env, 'Ada'))).toMatchObject({ name: 'Ada' });
  expect(gateway.hasEnded()).toBe(false);
});

test('race: processes of another container, where the owner’s number is nobody’s, find it by its socket', async () => {
  await using owner = await startOwner();
  const lock = join(owner.env['GATEWAY_DATA_DIR'] as string, 'owner.lock');
  // More than the kernel counts to.
  const unseen = 2 ** 22 + 1;
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(unseen)));
  const { code, stdout, stderr } = await runGateway(['serve'], { ...owner.env, PORT: '0' });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^gateway: .* belongs to process ${unseen}\\..*runs in another container\\.\n$`));
  expect(documentOf(await createWorkspace(owner.env, 'Ada'))).toMatchObject({ name: 'Ada' });
  expect(await owner.gateway.end()).toMatchObject({ code: 0, stderr: '' });
});

test('a process that ends while it answers: the command says that it may have been done', async () => {
  using directory = newDataDirectory();
  const socket = createServer((connection) => connection.on('data', () => connection.destroy()));
  await once(socket.listen(join(directory.path, 'owner.sock')), 'listening');
  writeFileSync(join(directory.path, 'owner.lock'), `${process.pid}\n`);
  const { code, stdout, stderr } = await createWorkspace({ GATEWAY_DATA_DIR: directory.path }, 'Ada');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^gateway: The process that has the database ended .* may have been done\.\n$/);
  socket.close();
});

test('a lock of something else is named after a while, with what to do about it', async () => {
  using directory = newDataDirectory();
  writeFileSync(join(directory.path, 'owner.lock'), `${process.pid}\n`);
  const { code, stderr } = await createWorkspace({ GATEWAY_DATA_DIR: directory.path }, 'Ada');
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`^gateway: .* belongs to process ${process.pid}\\..*delete .*owner\\.lock`));
}, 40_000);

describe('migrate beside the owner', () => {
  const names = migrations.map(({ name }) => name);
  const migrate = (env: Record<string, string>, ...args: string[]) => runGateway(['migrate', ...args, '--json'], env);

  test('P4: with nothing pending, --check says so and exits 0, and so does migrate, which has nothing to do', async () => {
    await using owner = await startOwner();
    const upToDate = { migrations: [], upToDate: true };
    expect(documentOf(await migrate(owner.env, '--check'))).toEqual(upToDate);
    expect(documentOf(await migrate(owner.env))).toEqual(upToDate);
    expect(owner.gateway.hasEnded()).toBe(false);
  });

  test('P4: of an earlier build: --check names what this one has pending and exits 1, migrate says which process to stop', async () => {
    await using owner = await answeringOwner({ result: names.slice(0, -1) });
    const { code, stdout, stderr } = await migrate(owner.env, '--check');
    expect({ code, stderr, report: JSON.parse(stdout) }).toEqual({
      code: 1,
      stderr: 'gateway: 1 migration is pending; run gateway migrate\n',
      report: { migrations: names.slice(-1), upToDate: false },
    });
    const refused = await migrate(owner.env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      new RegExp(`^gateway: .* belongs to process ${process.pid}\\. Stop that process.*\n$`),
    );
  });

  test('of a later build, which has run more than this one knows: nothing is pending', async () => {
    await using owner = await answeringOwner({ result: [...names, 'migration-of-tomorrow'] });
    expect(documentOf(await migrate(owner.env, '--check'))).toEqual({ migrations: [], upToDate: true });
  });

  test('of a build that does not know the question: both say which process to stop', async () => {
    await using owner = await answeringOwner({ error: 'unknown command' });
    for (const args of [[], ['--check']]) {
      const { code, stdout, stderr } = await migrate(owner.env, ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^gateway: .* belongs to process ${process.pid}\\. Stop that process.*\n$`));
    }
  });
});
