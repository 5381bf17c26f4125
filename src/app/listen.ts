/** The server around the use cases: Apollo, HTTP, probes, and the order in which they stop. */
import type { GraphQLSchema } from 'graphql';
import type { CredentialReaders } from '../access/authenticate.js';
import { createRateLimiter } from '../access/rate-limiter.js';
import { monotonicClock } from '../kernel/clock.js';
import { deriveKeyRing } from '../kernel/key-ring.js';
import type { Operations } from '../operations/use-cases.js';
import type { Gateway } from '../resolvers/context.js';
import { printGatewaySchema } from '../resolvers/schema.js';
import { createApollo } from '../server/apollo.js';
import { createDocumentStore } from '../server/document-store.js';
import { createEventStreams } from '../server/event-streams.js';
import { createHttp } from '../server/http.js';
import type { InboxTickets } from '../server/inbox-session.js';
import { createOperationGate } from '../server/operation-gate.js';
import { withoutConditions } from '../server/subscription-conditions.js';
import type { SigningKeys } from '../sessions/signing-keys.js';
import type { Foundation } from './foundation.js';
import { listenAt } from './listen-at.js';
import { measureLimiter, measureOutcomes } from './measured.js';
import { unreadiness } from './readiness.js';
import { traceUseCases } from './traced.js';

export interface Listening
  extends Pick<Foundation, 'config' | 'logger' | 'storage' | 'secrets' | 'messages' | 'reserve' | 'metrics'> {
  readonly schema: GraphQLSchema;
  readonly operations: Operations;
  readonly gateway: Gateway;
  readonly credentials: CredentialReaders;
  readonly signingKeys: SigningKeys;
  readonly tickets: InboxTickets;
  /** Gives up the port that was held for this. */
  readonly releasePort: () => Promise<void>;
  readonly resources: AsyncDisposableStack;
}

/** In production a balancer needs one probe interval to see that the process is leaving. */
const LEAVE_AFTER_MS = 5_000;
const SWEEP_EVERY_MS = 100;
/** What is under way then has this long; with the above, and with what jobs take, less than the 45 seconds until a kill. */
const FINISH_MS = 15_000;

/** Resolves to the address that it listens on. */
export async function listen(deps: Listening): Promise<string> {
  const {
    config,
    logger,
    storage,
    secrets,
    schema,
    operations,
    gateway,
    credentials,
    signingKeys,
    metrics,
    resources,
  } = deps;
  const documents = createDocumentStore();
  const apollo = createApollo({ schema, documents, logger, metrics, production: config.production });
  await apollo.start();
  resources.defer(() => apollo.stop());
  const streams = createEventStreams(monotonicClock);
  let draining = false;
  const http = await createHttp({
    config,
    apollo,
    gate: withoutConditions(createOperationGate(operations.registry, documents)),
    streams,
    credentials,
    limiter: measureLimiter(createRateLimiter(deps.reserve, config.limitScale), metrics),
    gateway: measureOutcomes(traceUseCases(gateway), metrics),
    probes: { unready: async () => (draining ? 'stopping' : unreadiness(storage)) },
    signingKeys,
    inbox: {
      ...deps.messages,
      pool: storage.database.pool,
      credentials,
      cookieSecrets: deriveKeyRing(secrets, 'inbox').all.map(({ key }) => key.export().toString('base64url')),
      tickets: deps.tickets,
      isSecure: config.publicUrl.startsWith('https:'),
    },
    sdl: printGatewaySchema(schema),
    logger,
    metrics,
  });
  await deps.releasePort();
  const address = await listenAt(http, config.port, config.host, 'PORT').catch(async (error: unknown) => {
    await http.close();
    throw error;
  });
  // Only now: nobody has to see a process leave that never listened.
  resources.defer(async () => {
    draining = true;
    if (config.production) await new Promise((resolve) => setTimeout(resolve, LEAVE_AFTER_MS));
    // An open stream is a request that never ends: only without any can the server close.
    streams.close();
    // Half a request, or an answer that nobody reads, would hold the process until it is killed, with its jobs.
    const late = setTimeout(() => http.server.closeAllConnections(), FINISH_MS);
    // A client keeps its connection once it is answered, and the server would wait for that as well.
    const sweep = setInterval(() => http.server.closeIdleConnections(), SWEEP_EVERY_MS);
    await http.close();
    clearTimeout(late);
    clearInterval(sweep);
  });
  return address;
}
