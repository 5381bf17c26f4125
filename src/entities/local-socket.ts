/** Sockets in the data directory: processes of one kernel reach each other over them, in whatever container they are. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { resolve as absoluteOf, join, relative } from 'node:path';

const IS_WINDOWS = process.platform === 'win32';

/** Where the process that owns the directory takes commands. */
export const COMMAND_SOCKET = 'owner.sock';

/** Where a socket of the directory is, as it is given to listen and connect. */
export function socketPath(directory: string, name: string): string {
  // Windows has its sockets in a place of their own, where only who made one may write to it.
  if (IS_WINDOWS) return `\\\\.\\pipe\\identity-gateway-${hash('sha256', absoluteOf(directory, name))}`;
  // A socket's path holds about a hundred bytes: the shorter spelling is taken.
  const absolute = join(directory, name);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length ? fromHere : absolute;
}

/** Resolves once the server listens there, for its user alone. */
export async function listenOn(path: string, server: Server): Promise<void> {
  await once(server.listen(path), 'listening');
  // A connection that cannot be taken, for want of descriptors, must not end the process.
  server.on('error', () => {});
  if (!IS_WINDOWS) chmodSync(path, 0o600);
}

/**
 * Whether somebody listens there: `REFUSED` by a socket that was left behind, `ABSENT` where there is none, `UNSURE` where
 * that cannot be told, as by a user who may not ask or while too many do.
 */
export async function askSocket(path: string): Promise<'ANSWERED' | 'REFUSED' | 'ABSENT' | 'UNSURE'> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
    return 'ANSWERED';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'ABSENT';
    return code === 'ECONNREFUSED' || code === 'ENOTSOCK' ? 'REFUSED' : 'UNSURE';
  } finally {
    socket.destroy();
  }
}
