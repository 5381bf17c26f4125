/** The half of a process that answers requests: callers, use cases and the server around them. */
import { bindIssuers } from '../access/issuers.js';
import { createKeyReader } from '../access/key-reader.js';
import { createKeyUsage } from '../access/key-usage.js';
import { bindAccess } from '../access/use-cases.js';
import { bindCustomers } from '../customers/use-cases.js';
import { bindEvents } from '../events/use-cases.js';
import { monotonicClock } from '../kernel/clock.js';
import { deriveKeyRing } from '../kernel/key-ring.js';
import { openOperations } from '../operations/use-cases.js';
import { buildGatewaySchema } from '../resolvers/schema.js';
import { createOperationCheck } from '../server/check-operation.js';
import { createInboxTickets } from '../server/inbox-session.js';
import { createAccessTokenReader } from '../sessions/access-token-reader.js';
import { loadSigningKeys } from '../sessions/signing-keys.js';
import { bindSessions } from '../sessions/use-cases.js';
import { bindVerification } from '../verification/use-cases.js';
import { createVerificationWatch } from '../verification/watch.js';
import type { Foundation } from './foundation.js';
import { listen } from './listen.js';

export interface Served {
  /** Where it listens. */
  readonly address: string;
  /** Forgets cached keys, after one was made or revoked in this process. */
  forgetKeys(): void;
  /** Forgets which operations were not published, after some were by a command in this process. */
  forgetMissingOperations(): void;
  /** The path of a link that opens a workspace's inbox, once. */
  inboxLink(workspaceId: string): string;
}

/**
 * @param releasePort gives up the port that was held for this
 * @param resources disposing of it finishes the requests under way
 */
export async function serve(
  foundation: Foundation,
  releasePort: () => Promise<void>,
  resources: AsyncDisposableStack,
): Promise<Served> {
  const {
    config,
    logger,
    storage,
    secrets,
    messages,
    userTokenKeys,
    methodKeys,
    webhookKeys,
    outside,
    providers,
    outbox,
    ledger,
    sendCaps,
    redis,
    metrics,
  } = foundation;
  const { orm, database } = storage;
  const { pool } = database;
  const clock = monotonicClock;

  const usage = createKeyUsage(pool, clock, logger);
  resources.defer(() => usage.close());
  const keys = createKeyReader(pool, clock, usage.note);
  const { production, publicUrl } = config;
  const issuers = bindIssuers({ pool, clock, production, ownIssuer: publicUrl });
  const signingKeys = await loadSigningKeys(config);
  const issuing = { signingKeys, issuer: publicUrl };

  const watch = createVerificationWatch({ pool, logger, limitScale: config.limitScale });
  resources.defer(() => watch.close());
  metrics.watchSubscriptions(watch.count);

  const schema = buildGatewaySchema();
  const operations = openOperations({ database, check: createOperationCheck(schema), clock, logger, redis });
  resources.defer(() => operations.close());
  const tickets = createInboxTickets(clock);
  const address = await listen({
    ...foundation,
    schema,
    operations,
    gateway: {
      ...bindVerification({ ...messages, userTokenKeys, database, outbox, providers, sendCaps, metrics, watch }),
      ...bindAccess({ database, keys }),
      ...bindSessions({
        ...issuing,
        database,
        outbox,
        providers,
        codeKeys: messages.codeKeys,
        connectKeys: deriveKeyRing(secrets, 'connect'),
        refreshKeys: deriveKeyRing(secrets, 'refresh'),
        sendCaps,
        ledger,
        limitScale: config.limitScale,
        metrics,
      }),
      ...bindCustomers({
        orm,
        database,
        outbox,
        providers,
        umaDomain: new URL(publicUrl).hostname,
        methodKeys,
        documents: issuers.documents,
        ownIssuer: publicUrl,
        workspaceChanged: () => {
          keys.forget();
          issuers.forget();
        },
      }),
      ...operations.useCases,
      ...bindEvents({ database, webhookKeys, outside }),
    },
    credentials: { keys, tokens: [createAccessTokenReader({ ...issuing, pool }), issuers.tokens] },
    signingKeys,
    tickets,
    releasePort,
    resources,
  });
  return {
    address,
    forgetKeys: keys.forget,
    forgetMissingOperations: operations.forgetMisses,
    inboxLink: (workspaceId) => `/inbox?ticket=${tickets.issue(workspaceId)}`,
  };
}
