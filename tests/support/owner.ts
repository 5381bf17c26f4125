/** A gateway that owns an embedded database of its own, beside which an operator runs commands. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { newDataDirectory } from './embedded-template.js';
import { type Environment, type Finished, type Running, startProcess } from './processes.js';

export interface Owner extends AsyncDisposable {
  readonly gateway: Running;
  /** What it was started with, and commands beside it are. */
  readonly env: Environment;
}

export async function startOwner(settings: Environment = {}): Promise<Owner> {
  const directory = newDataDirectory();
  const env = { GATEWAY_DATA_DIR: directory.path, ...settings };
  const gateway = await startProcess(['serve', '--json'], env);
  return {
    gateway,
    env,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/**
 * An embedded database that this process stands as the owner of, as one of another build would.
 * @param answer to each command; absent: it takes commands and answers none
 */
export async function answeringOwner(answer?: object): Promise<Pick<Owner, 'env'> & AsyncDisposable> {
  const directory = newDataDirectory();
  const unanswered = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    if (answer === undefined) unanswered.add(socket.resume());
    else text(socket).then(() => socket.end(JSON.stringify(answer)));
  });
  await once(server.listen(join(directory.path, 'owner.sock')), 'listening');
  writeFileSync(join(directory.path, 'owner.lock'), `${process.pid}\n`);
  return {
    env: { GATEWAY_DATA_DIR: directory.path },
    async [Symbol.asyncDispose]() {
      for (const socket of unanswered) socket.destroy();
      server.close();
      directory[Symbol.dispose]();
    },
  };
}

/** What a command with `--json` has answered: the one document on standard output, and nothing beside it. */
export function documentOf<T>({ code, stdout, stderr }: Finished): T {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout) as T;
}
