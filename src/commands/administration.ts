/** What an operator may do to workspaces, keys and published operations: beside a database, or through the process that owns it. */
import { type CreatedKey, createKey, revokeKey } from '../access/api-keys.js';
import { createWorkspace, findWorkspace, onlyWorkspace } from '../customers/workspaces.js';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../entities/columns.js';
import type { Database } from '../entities/database.js';
import { badInput } from '../kernel/errors.js';
import { globalId, localId } from '../kernel/ids.js';
import { type CheckOperation, type OperationInput, type Published, publishOperations } from '../operations/publish.js';

export interface KeyRequest {
  /** Absent: the only workspace there is. */
  workspace?: string;
  kind: ApiKeyKind;
  mode: Mode;
  name: string;
  scopes?: string[];
  persistedOnly: boolean;
  merchantId?: string;
}

export interface PublishRequest {
  /** Absent: the only workspace there is. */
  workspace?: string;
  operations: readonly OperationInput[];
}

export interface Administration {
  createWorkspace(request: { name: string }): Promise<{ id: string; name: string }>;
  createKey(request: KeyRequest): Promise<CreatedKey>;
  revokeKey(request: { id: string }): Promise<{ id: string; revoked: boolean }>;
  publishOperations(request: PublishRequest): Promise<Published>;
}

/** Told after something changed, so that this process forgets what it cached. */
export interface Changes {
  keys(): void;
  operations(): void;
}

const NOTHING_CACHED: Changes = { keys() {}, operations() {} };

export function administer(database: Database, changed: Changes = NOTHING_CACHED): Administration {
  const { pool } = database;
  const workspaceIdOf = async (workspace: string | undefined): Promise<string> => {
    const workspaceId =
      workspace === undefined
        ? await onlyWorkspace(pool)
        : (localId('Workspace', workspace) ?? localId('Workspace', `Workspace:${workspace}`));
    if (workspaceId !== undefined && (await findWorkspace(pool, workspaceId))) return workspaceId;
    throw badInput(
      'workspace',
      workspace === undefined ? 'there is not exactly one; name it' : 'not the id of a workspace',
    );
  };
  return {
    async createWorkspace({ name }) {
      const id = await createWorkspace(pool, name);
      return { id: globalId('Workspace', id), name: name.trim() };
    },
    async createKey({ workspace, ...request }) {
      const workspaceId = await workspaceIdOf(workspace);
      const key = await createKey(pool, { workspaceId, ...request });
      return { ...key, id: globalId('ApiKey', key.id) };
    },
    async revokeKey({ id }) {
      const uuid = localId('ApiKey', id) ?? localId('ApiKey', `ApiKey:${id}`);
      const revoked = uuid !== undefined && (await revokeKey(pool, uuid));
      changed.keys();
      return { id, revoked };
    },
    async publishOperations({ workspace, operations }) {
      const world = { workspaceId: await workspaceIdOf(workspace), mode: 'LIVE' } as const;
      const actor = { kind: 'COMMAND', id: 'operations publish' };
      const published = await publishOperations({ database, check: await loadCheck() }, world, actor, operations);
      changed.operations();
      return published;
    },
  };
}

/** The schema takes a moment to build, and no other command needs it. */
async function loadCheck(): Promise<CheckOperation> {
  const [{ buildGatewaySchema }, { createOperationCheck }] = await Promise.all([
    import('../resolvers/schema.js'),
    import('../server/check-operation.js'),
  ]);
  return createOperationCheck(buildGatewaySchema());
}
