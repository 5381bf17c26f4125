/** Published operations: the use case behind their field, and what the HTTP surface asks for each request. */
import { actorOf } from '../access/audit.js';
import type { Principal, World } from '../access/principal.js';
import type { Database } from '../entities/database.js';
import type { Clock } from '../kernel/clock.js';
import type { Redis } from '../redis/connection.js';
import type { Logger } from '../telemetry/logger.js';
import { createOperationFinder } from './find.js';
import { type CheckOperation, type OperationInput, type Published, publishOperations } from './publish.js';
import { createRegistrations } from './registrations.js';
import { createOperationUsage } from './usage.js';

export interface OperationUseCases {
  publishOperations(principal: Principal, operations: readonly OperationInput[]): Promise<Published>;
}

/** The texts that can be run by their SHA-256. */
export interface OperationRegistry {
  /** The text that the workspace has published, counted as run. */
  findPublished(workspaceId: string, sha256: string): Promise<string | undefined>;
  /** The text that a caller of this world has registered, in this process or in one that shares a Redis with it. */
  findRegistered(world: World, sha256: string): Promise<string | undefined>;
  register(world: World, sha256: string, text: string): void;
}

export interface OperationDeps {
  readonly database: Database;
  readonly check: CheckOperation;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where processes share what was registered; absent: nowhere. */
  readonly redis: Redis | undefined;
}

export interface Operations {
  readonly useCases: OperationUseCases;
  readonly registry: OperationRegistry;
  /** Forgets what was not published, after something was by another way into this process. */
  forgetMisses(): void;
  close(): Promise<void>;
}

export function openOperations({ database, check, clock, logger, redis }: OperationDeps): Operations {
  const finder = createOperationFinder(database.pool, clock);
  const registrations = createRegistrations(redis);
  const usage = createOperationUsage(database.pool, logger);
  return {
    useCases: {
      async publishOperations(principal, operations) {
        const published = await publishOperations({ database, check }, principal, actorOf(principal), operations);
        finder.forgetMisses();
        return published;
      },
    },
    registry: {
      async findPublished(workspaceId, sha256) {
        const text = await finder.find(workspaceId, sha256);
        if (text !== undefined) usage.count(workspaceId, sha256);
        return text;
      },
      findRegistered: registrations.find,
      register: registrations.register,
    },
    forgetMisses: finder.forgetMisses,
    close: usage.close,
  };
}
