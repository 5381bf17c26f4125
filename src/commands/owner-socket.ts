/**
 * How commands reach the process that owns the embedded database: one JSON line each way over a local socket in the
 * data directory, which its user alone may open.
 */
import { rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { DirectoryInUseError, directoryOwner } from '../entities/directory-lock.js';
import { askSocket, COMMAND_SOCKET, listenOn, socketPath } from '../entities/local-socket.js';
import { monotonicClock } from '../kernel/clock.js';
import { GatewayError } from '../kernel/errors.js';
import type { Administration } from './administration.js';

type Call = {
  [Name in keyof Administration]: { command: Name; request: Parameters<Administration[Name]>[0] };
}[keyof Administration];

/** What builds from before answer too, to commands that came after them. */
const UNKNOWN_COMMAND = 'unknown command';

const commandsAt = (directory: string): string => socketPath(directory, COMMAND_SOCKET);

/** Answers commands for as long as it is not disposed of. */
export async function serveOwner(directory: string, administration: Administration): Promise<AsyncDisposable> {
  const path = commandsAt(directory);
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const unasked = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    unasked.add(socket);
    // Whoever asked may have gone: that is no fault of the process that answers.
    socket.on('error', () => {});
    socket.on('close', () => unasked.delete(socket));
    try {
      const { command, request } = JSON.parse(await text(socket)) as Call;
      unasked.delete(socket);
      if (!Object.hasOwn(administration, command)) throw new GatewayError('BAD_REQUEST', UNKNOWN_COMMAND);
      const perform = administration[command] as (request: unknown) => Promise<unknown>;
      socket.end(JSON.stringify({ result: await perform(request) }));
    } catch (error) {
      socket.end(JSON.stringify({ error: (error as Error).message }));
    }
  });
  await listenOn(path, server);
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // What is being answered is answered. Who connects and never asks must not hold up the end of the process.
        for (const socket of unasked) socket.destroy();
      }),
  };
}

/** Milliseconds that an owner has to open its socket: it migrates before. */
const OPENS_WITHIN_MS = 15_000;

/**
 * Whether a process owns the directory and takes commands. One that is starting is waited for, and so is a command that
 * is about to be done.
 * @throws {DirectoryInUseError} where the owner takes none: it is something else
 */
export async function isOwnerReached(directory: string): Promise<boolean> {
  const until = monotonicClock() + OPENS_WITHIN_MS;
  for (;;) {
    const owner = await directoryOwner(directory);
    if (owner === undefined) return false;
    if ((await askSocket(commandsAt(directory))) === 'ANSWERED') return true;
    if (monotonicClock() >= until) throw new DirectoryInUseError(directory, owner);
    await pause(100);
  }
}

/** What to tell whoever can do nothing beside the owner. */
export async function ownedByAnother(directory: string): Promise<Error> {
  const owner = await directoryOwner(directory);
  return owner
    ? new DirectoryInUseError(directory, owner)
    : new Error('The process that had the database has ended: try again.');
}

/**
 * The owner's administration, as seen from another process.
 * @param signal gives up what is being asked; unless given, the owner has as long as it takes
 */
export function callOwner(directory: string, signal?: AbortSignal): Administration {
  const call = async <Answer>(command: keyof Administration, request: unknown): Promise<Answer> => {
    const socket = createConnection({ path: commandsAt(directory), allowHalfOpen: true, ...(signal && { signal }) });
    socket.end(JSON.stringify({ command, request }));
    const answered = await text(socket).catch(() => '');
    if (answered === '')
      throw new Error('The process that has the database ended before it answered: what was asked may have been done.');
    const answer = JSON.parse(answered) as { result?: Answer; error?: string };
    if (answer.error === UNKNOWN_COMMAND) throw await ownedByAnother(directory);
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
    listExecutedMigrations: (request) => call('listExecutedMigrations', request),
  };
}
