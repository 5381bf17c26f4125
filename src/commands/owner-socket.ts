/**
 * How commands reach the process that owns the embedded database: one JSON line each way over a local socket in the
 * data directory, which its user alone may open.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { GatewayError } from '../kernel/errors.js';
import type { Administration } from './administration.js';

type Call = {
  [Name in keyof Administration]: { command: Name; request: Parameters<Administration[Name]>[0] };
}[keyof Administration];

// A socket's path holds about a hundred bytes: the shorter spelling is taken.
function socketPath(directory: string): string {
  const absolute = join(directory, 'owner.sock');
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}

/** Answers commands for as long as it is not disposed of. */
export async function serveOwner(directory: string, administration: Administration): Promise<AsyncDisposable> {
  const path = socketPath(directory);
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    // Whoever asked may have gone: that is no fault of the process that answers.
    socket.on('error', () => {});
    try {
      const { command, request } = JSON.parse(await text(socket)) as Call;
      if (!Object.hasOwn(administration, command)) throw new GatewayError('BAD_REQUEST', 'unknown command');
      const perform = administration[command] as (request: unknown) => Promise<unknown>;
      socket.end(JSON.stringify({ result: await perform(request) }));
    } catch (error) {
      socket.end(JSON.stringify({ error: (error as Error).message }));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The owner's administration, as seen from another process. */
export function callOwner(directory: string): Administration {
  const call = async <Answer>(command: keyof Administration, request: unknown): Promise<Answer> => {
    const socket = createConnection({ path: socketPath(directory), allowHalfOpen: true });
    socket.end(JSON.stringify({ command, request }));
    const answer = JSON.parse(await text(socket)) as { result?: Answer; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result as Answer;
  };
  return {
    createWorkspace: (request) => call('createWorkspace', request),
    createKey: (request) => call('createKey', request),
    rotateKey: (request) => call('rotateKey', request),
    revokeKey: (request) => call('revokeKey', request),
    publishOperations: (request) => call('publishOperations', request),
    countRowsUnderKeys: (request) => call('countRowsUnderKeys', request),
  };
}
