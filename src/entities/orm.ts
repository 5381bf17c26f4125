/** The explicit list of tables and the one way to open the database; importing it opens nothing. */
import type { MikroORM } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Client } from 'pg';
import { ApiKey } from './api-key.js';
import { AuditEvent } from './audit-event.js';
import { ConnectAttempt } from './connect-attempt.js';
import { ContactPoint } from './contact-point.js';
import { Customer } from './customer.js';
import { Event } from './event.js';
import { EventDelivery } from './event-delivery.js';
import { GuessStreak } from './guess-streak.js';
import { IdempotencyKey } from './idempotency-key.js';
import { impatient } from './impatient.js';
import { migrations } from './migrations/index.js';
import { Operation } from './operation.js';
import { PreparingClient } from './prepared.js';
import { RateLimitWindow } from './rate-limit-window.js';
import { RefreshToken } from './refresh-token.js';
import { SavedMethod } from './saved-method.js';
import { SavedMethodInstrument } from './saved-method-instrument.js';
import { sessionAt } from './server-session.js';
import { Session } from './session.js';
import { UpstreamGrant } from './upstream-grant.js';
import { Verification } from './verification.js';
import { VerificationDeadline } from './verification-deadline.js';
import { VerificationLink } from './verification-link.js';
import { VerificationStep } from './verification-step.js';
import { WebhookEndpoint } from './webhook-endpoint.js';
import { Workspace } from './workspace.js';

export const entities = [
  Workspace,
  ApiKey,
  Customer,
  ContactPoint,
  Verification,
  VerificationStep,
  VerificationLink,
  GuessStreak,
  IdempotencyKey,
  RateLimitWindow,
  AuditEvent,
  Operation,
  SavedMethod,
  SavedMethodInstrument,
  Session,
  RefreshToken,
  ConnectAttempt,
  UpstreamGrant,
  WebhookEndpoint,
  Event,
  EventDelivery,
  VerificationDeadline,
];

export interface DatabaseOptions {
  /** A PostgreSQL URL, or the directory of an embedded one; `memory://` keeps nothing. */
  location: string;
  /** Connections at most. The embedded database has one. */
  poolSize?: number;
  /** Whether a connection keeps its session between transactions; true unless said otherwise. */
  prepared?: boolean;
  /** Milliseconds after which a statement is given up, or the wait for a connection; absent: only the wait is, late. */
  deadlineMs?: number | undefined;
}

/**
 * An open database: MikroORM for entities, migrations, connections and the unit of work of `createCustomer`; its Kysely
 * for transactions, and for statements that `direct.ts` does not run.
 */
export type Orm = Omit<MikroORM, 'em'> & { em: SqlEntityManager };

export const isPostgresUrl = (location: string): boolean => /^postgres(ql)?:/.test(location);

/** Milliseconds that a request waits for a connection, be it made or given back, before it is refused. */
const CONNECTION_MS = 30_000;

/** Opens PostgreSQL or the embedded database: the same entities and migrations on either. */
export async function openOrm({ location, poolSize = 20, prepared = true, deadlineMs }: DatabaseOptions): Promise<Orm> {
  const shared = {
    entities,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, tableName: 'gateway_migration' },
    forceUtcTimezone: true,
    discovery: { warnWhenNoEntities: false },
    logger: () => {},
  };
  if (isPostgresUrl(location)) {
    const { MikroORM } = await import('@mikro-orm/postgresql');
    const client = prepared ? PreparingClient : Client;
    const orm = await MikroORM.init({
      ...shared,
      clientUrl: location,
      pool: { min: 0, max: poolSize },
      driverOptions: {
        Client: deadlineMs === undefined ? client : impatient(client),
        application_name: 'identity-gateway',
        ...sessionAt(location, { prepared, deadlineMs }),
        keepAlive: true,
        connectionTimeoutMillis: deadlineMs ?? CONNECTION_MS,
        ...(deadlineMs !== undefined && { query_timeout: deadlineMs }),
      },
    });
    return orm as unknown as Orm;
  }
  const { MikroORM } = await import('@mikro-orm/pglite');
  return (await MikroORM.init({ ...shared, dbName: location })) as unknown as Orm;
}
