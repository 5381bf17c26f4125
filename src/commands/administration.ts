/** What an operator may do to workspaces and keys: beside a database, or through the process that owns it. */
import { type CreatedKey, createKey, revokeKey } from '../access/api-keys.js';
import { createWorkspace, findWorkspace, onlyWorkspace } from '../customers/workspaces.js';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Mode } from '../entities/columns.js';
import type { Database } from '../entities/database.js';
import { badInput } from '../kernel/errors.js';
import { globalId, localId } from '../kernel/ids.js';

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

export interface Administration {
  createWorkspace(request: { name: string }): Promise<{ id: string; name: string }>;
  createKey(request: KeyRequest): Promise<CreatedKey>;
  revokeKey(request: { id: string }): Promise<{ id: string; revoked: boolean }>;
}

/** @param changed called after keys were changed, so that this process forgets what it cached */
export function administer({ pool }: Database, changed: () => void = () => {}): Administration {
  return {
    async createWorkspace({ name }) {
      const id = await createWorkspace(pool, name);
      return { id: globalId('Workspace', id), name: name.trim() };
    },
    async createKey({ workspace, ...request }) {
      const workspaceId =
        workspace === undefined
          ? await onlyWorkspace(pool)
          : (localId('Workspace', workspace) ?? localId('Workspace', `Workspace:${workspace}`));
      if (workspaceId === undefined || !(await findWorkspace(pool, workspaceId))) {
        throw badInput(
          'workspace',
          workspace === undefined ? 'there is not exactly one; name it' : 'not the id of a workspace',
        );
      }
      const key = await createKey(pool, { workspaceId, ...request });
      return { ...key, id: globalId('ApiKey', key.id) };
    },
    async revokeKey({ id }) {
      const uuid = localId('ApiKey', id) ?? localId('ApiKey', `ApiKey:${id}`);
      const revoked = uuid !== undefined && (await revokeKey(pool, uuid));
      changed();
      return { id, revoked };
    },
  };
}
