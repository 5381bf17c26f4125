/** The use cases about keys and the audit log, bound to their dependencies once. */
import type { Database } from '../entities/database.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import { actorOf } from './audit.js';
import { type CreateApiKeyInput, createApiKey } from './create-api-key.js';
import type { KeyReader } from './key-reader.js';
import type { ApiKeyRecord, CreatedKey } from './key-record.js';
import { findApiKey, listApiKeys } from './list-api-keys.js';
import { type AuditEventRecord, type AuditFilter, findAuditEvent, listAuditEvents } from './list-audit-events.js';
import type { Principal, World } from './principal.js';
import { revokeApiKey } from './revoke-api-key.js';
import { type RotateApiKeyInput, rotateApiKey } from './rotate-api-key.js';

export interface AccessUseCases {
  createApiKey(caller: Principal, input: CreateApiKeyInput): Promise<CreatedKey>;
  rotateApiKey(caller: Principal, input: RotateApiKeyInput): Promise<CreatedKey>;
  revokeApiKey(caller: Principal, id: string): Promise<ApiKeyRecord | undefined>;
  findApiKey(world: World, id: string): Promise<ApiKeyRecord | undefined>;
  listApiKeys(world: World, page: PageRequest): Promise<Page<ApiKeyRecord>>;
  findAuditEvent(world: World, id: string): Promise<AuditEventRecord | undefined>;
  listAuditEvents(world: World, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEventRecord>>;
}

export interface AccessDeps {
  readonly database: Database;
  readonly keys: KeyReader;
}

export function bindAccess({ database, keys }: AccessDeps): AccessUseCases {
  const { pool, lists } = database;
  return {
    createApiKey: (caller, input) => createApiKey(database, caller, input),
    // What this process has cached is older than the change.
    async rotateApiKey(caller, input) {
      const made = await rotateApiKey(database, caller, input);
      keys.forget();
      return made;
    },
    async revokeApiKey(caller, id) {
      const revoked = await revokeApiKey(database, caller, actorOf(caller), id);
      // One that changes nothing must not empty the cache of everybody, again and again.
      if (revoked?.isFirst) keys.forget();
      return revoked;
    },
    findApiKey: (world, id) => findApiKey(pool, world, id),
    listApiKeys: (world, page) => listApiKeys(pool, world, page),
    findAuditEvent: (world, id) => findAuditEvent(pool, world, id),
    listAuditEvents: (world, filter, page) => listAuditEvents(lists, world, filter, page),
  };
}
