/** The socket over which commands reach the process that owns the embedded database. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentOf, startOwner } from '../support/owner.js';
import { runGateway } from '../support/processes.js';

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
