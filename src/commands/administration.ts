/** What an operator may do to workspaces, keys and published operations, and see of secrets: beside a database, or through the process that owns it. */
import { createKey, type NewKey } from '../access/api-keys.js';
import { commandActor, keyDetails, recordAudit, recordAuditInBothModes } from '../access/audit.js';
import type { CreatedKey } from '../access/key-record.js';
import type { World } from '../access/principal.js';
import { findWorldOfKey, revokeApiKey } from '../access/revoke-api-key.js';
import { DEFAULT_OVERLAP_SECONDS, rotateApiKeyByOperator } from '../access/rotate-api-key.js';
import { createWorkspace, findWorkspace } from '../customers/workspaces.js';
import type { ApiKeyKind } from '../entities/api-key.js';
import type { Connection, Database } from '../entities/database.js';
import { executedMigrations } from '../entities/migrate.js';
import { countRowsUnderKeys, type RowsUnderKey } from '../entities/rows-under-keys.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { globalId, localId } from '../kernel/ids.js';
import { parseMoment } from '../kernel/moment.js';
import type { Mode } from '../kernel/world.js';
import { type CheckOperation, type OperationInput, type Published, publishOperations } from '../operations/publish.js';
import { defaultWorkspace } from './default-workspace.js';

export interface KeyRequest {
  /** Absent: the only workspace there is, or else the demo. */
  workspace?: string;
  kind: ApiKeyKind;
  mode: Mode;
  name: string;
  scopes?: string[];
  persistedOnly: boolean;
  merchantId?: string;
  /** RFC 3339. */
  expiresAt?: string;
  allowedIps?: string[];
}

export interface PublishRequest {
  /** Absent: the only workspace there is, or else the demo. */
  workspace?: string;
  operations: readonly OperationInput[];
}

export interface RotateRequest {
  /** Of the key to be replaced. */
  id: string;
  /** For how long it stays good; absent: as long as `rotateApiKey` says where nothing is said. */
  overlapSeconds?: number;
}

/** What takes a key's place, with its secret this once. */
export interface Successor extends Pick<CreatedKey, 'id' | 'secret' | 'kind' | 'mode' | 'scopes'> {
  /** The key that was rotated, and until when it is good, in RFC 3339. */
  readonly previous: { readonly id: string; readonly expiresAt: string };
}

export interface Administration {
  createWorkspace(request: { name: string }): Promise<{ id: string; name: string }>;
  createKey(request: KeyRequest): Promise<CreatedKey>;
  /** @throws {GatewayError} as `rotateApiKeyByOperator` does */
  rotateKey(request: RotateRequest): Promise<Successor>;
  revokeKey(request: { id: string }): Promise<{ id: string; revoked: boolean }>;
  publishOperations(request: PublishRequest): Promise<Published>;
  /** Changes nothing. */
  countRowsUnderKeys(request: Record<string, never>): Promise<RowsUnderKey[]>;
  /** Names of migrations that have run: which are pending, the program that asks knows, as it may be newer. Changes nothing. */
  listExecutedMigrations(request: Record<string, never>): Promise<string[]>;
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
        ? await defaultWorkspace(pool)
        : (localId('Workspace', workspace) ?? localId('Workspace', `Workspace:${workspace}`));
    if (workspaceId !== undefined && (await findWorkspace(pool, workspaceId))) return workspaceId;
    throw badInput(
      'workspace',
      workspace === undefined ? 'there is not exactly one, nor a demo; name it' : 'not the id of a workspace',
    );
  };
  const findKey = async (id: string): Promise<{ uuid: string; world: World } | undefined> => {
    const uuid = localId('ApiKey', id) ?? localId('ApiKey', `ApiKey:${id}`);
    const world = uuid === undefined ? undefined : await findWorldOfKey(pool, uuid);
    return uuid !== undefined && world ? { uuid, world } : undefined;
  };
  return {
    async createWorkspace({ name }) {
      const id = await database.transaction((transaction) => makeWorkspace(transaction, 'workspaces create', name));
      return { id: globalId('Workspace', id), name: name.trim() };
    },
    async createKey({ workspace, ...request }) {
      const workspaceId = await workspaceIdOf(workspace);
      const key = await database.transaction((transaction) => {
        const expiresAt = request.expiresAt === undefined ? undefined : endOf(request.expiresAt);
        return makeKey(transaction, 'keys create', { workspaceId, ...request, expiresAt });
      });
      return { ...key, id: globalId('ApiKey', key.id) };
    },
    async rotateKey({ id, overlapSeconds = DEFAULT_OVERLAP_SECONDS }) {
      const found = await findKey(id);
      if (!found) throw new GatewayError('NOT_FOUND', 'There is no such key.');
      const input = { id: found.uuid, overlapSeconds };
      const rotated = await rotateApiKeyByOperator(database, found.world, commandActor('keys rotate'), input);
      changed.keys();
      const { secret, kind, mode, scopes, predecessorExpiresAt } = rotated;
      const previous = { id: globalId('ApiKey', found.uuid), expiresAt: predecessorExpiresAt.toISOString() };
      return { id: globalId('ApiKey', rotated.id), secret, kind, mode, scopes, previous };
    },
    async revokeKey({ id }) {
      const found = await findKey(id);
      if (!found) throw new GatewayError('NOT_FOUND', 'There is no such key.');
      const key = await revokeApiKey(database, found.world, commandActor('keys revoke'), found.uuid);
      changed.keys();
      return { id, revoked: key?.isFirst === true };
    },
    async publishOperations({ workspace, operations }) {
      const world = { workspaceId: await workspaceIdOf(workspace), mode: 'LIVE' } as const;
      const actor = commandActor('operations publish');
      const published = await publishOperations({ database, check: await loadCheck() }, world, actor, operations);
      changed.operations();
      return published;
    },
    countRowsUnderKeys: () => countRowsUnderKeys(pool),
    listExecutedMigrations: () => executedMigrations(pool),
  };
}

/** Makes a workspace and tells of it in both of its worlds. Call it in a transaction. */
export async function makeWorkspace(transaction: Connection, command: string, name: string): Promise<string> {
  const workspaceId = await createWorkspace(transaction, name);
  const what = { action: 'workspace.created', objectType: 'Workspace', objectId: workspaceId } as const;
  await recordAuditInBothModes(transaction, workspaceId, commandActor(command), what);
  return workspaceId;
}

/** Makes a key and tells of it. Call it in a transaction. */
export async function makeKey(transaction: Connection, command: string, request: NewKey): Promise<CreatedKey> {
  const key = await createKey(transaction, request);
  await recordAudit(transaction, request, commandActor(command), {
    action: 'api_key.created',
    objectType: 'ApiKey',
    objectId: key.id,
    details: keyDetails(key),
  });
  return key;
}

/** A moment, or the beginning of a day in UTC. */
function endOf(text: string): Date {
  const moment = parseMoment(/T/i.test(text) ? text : `${text}T00:00:00Z`);
  if (!moment) throw badInput('expires', 'must be RFC 3339, for example 2027-01-31T12:00:00Z');
  return moment;
}

/** The schema takes a moment to build, and no other command needs it. */
async function loadCheck(): Promise<CheckOperation> {
  const [{ buildGatewaySchema }, { createOperationCheck }] = await Promise.all([
    import('../resolvers/schema.js'),
    import('../server/check-operation.js'),
  ]);
  return createOperationCheck(buildGatewaySchema());
}
