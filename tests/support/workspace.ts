/** A workspace of one test's own: tests that share a database do not see each other. */
import { createKey, type NewKey } from '../../src/access/api-keys.js';
import { createWorkspace } from '../../src/customers/workspaces.js';
import type { Connection } from '../../src/entities/database.js';
import { type Caller, createCaller } from './caller.js';

export interface TestWorkspace {
  readonly id: string;
  /** Holder of a secret test key. */
  readonly test: Caller;
  /** Holder of a secret live key. */
  readonly live: Caller;
  /** A further key; secret, test and unnarrowed unless said otherwise. */
  key(options?: Partial<Omit<NewKey, 'workspaceId'>>): Promise<{ id: string; secret: string }>;
}

export async function createTestWorkspace(pool: Connection, url: string | readonly string[]): Promise<TestWorkspace> {
  const id = await createWorkspace(pool, 'Acme Market');
  const key: TestWorkspace['key'] = (options = {}) =>
    createKey(pool, { workspaceId: id, kind: 'SECRET', mode: 'TEST', name: 'test', ...options });
  const [test, live] = await Promise.all([key(), key({ mode: 'LIVE' })]);
  return { id, key, test: createCaller(url, test.secret), live: createCaller(url, live.secret) };
}
