/** A gateway that owns an embedded database of its own, beside which an operator runs commands. */
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

/** What a command with `--json` has answered: the one document on standard output, and nothing beside it. */
export function documentOf<T>({ code, stdout, stderr }: Finished): T {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout) as T;
}
