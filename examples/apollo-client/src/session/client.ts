import { ApolloClient, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { credentialLink } from './links';
import { session } from './session';

interface ClientOptions {
  readonly uri: string;
  readonly publishableKey: string;
}

/** The one client of the page: operations go by the hash under which the manifest publishes them. */
export function createClient({ uri, publishableKey }: ClientOptions): ApolloClient {
  const retry = new RetryLink({
    attempts: {
      max: 4,
      retryIf: (error, { operationType, operationName, variables }) =>
        isUnanswered(error) && isRepeatable(operationType, operationName, variables),
    },
    delay: { initial: 400 },
  });
  const persisted = new PersistedQueryLink({
    generateHash: (document) => (document as { __meta__?: { hash: string } }).__meta__?.hash ?? '',
  });
  const transport = retry.concat(persisted).concat(new HttpLink({ uri }));
  const client = new ApolloClient({ link: credentialLink(publishableKey, transport), cache: createCache() });
  // Whoever signs in next in this tab must not see the customer before them.
  session.subscribe(() => {
    if (!session.current().tokens) void client.clearStore();
  });
  return client;
}

/** Every object with an `id` is kept under it, so a confirmation changes each place that shows the customer. */
const createCache = () =>
  new InMemoryCache({
    // What the members of a union are is not in the documents, and decides which fragments of an answer are kept.
    possibleTypes: {
      SendVerificationResult: ['VerificationSent', 'Refused'],
      ConfirmVerificationResult: ['VerificationConfirmed', 'CodeIncorrect', 'Refused'],
    },
    typePolicies: {
      Query: {
        fields: {
          // A send answers with the verification: it is not asked for a second time.
          verification: {
            read: (known, { args, toReference }) =>
              known !== undefined ? known : toReference({ __typename: 'Verification', id: args?.['id'] }),
          },
        },
      },
    },
  });

const isUnanswered = (error: unknown): boolean => !ServerError.is(error) || error.statusCode >= 500;

/**
 * What was not answered may have been done. Asking again is right for reads, for what carries an idempotency key, and
 * for a refresh, which is answered alike for ten seconds. A guess at a code is left to the customer: it costs an attempt.
 */
function isRepeatable(type: string, name: string | undefined, variables: Record<string, unknown>): boolean {
  const { idempotencyKey } = (variables['input'] ?? {}) as { idempotencyKey?: string };
  return type === 'query' || name === 'Refresh' || idempotencyKey !== undefined;
}
