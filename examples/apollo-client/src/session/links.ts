/** What every request passes on its way to the gateway: a credential, and a fresh one before the old one expires. */
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, InMemoryCache, ServerError } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { from, switchMap } from 'rxjs';
import { RefreshDocument } from '../generated/graphql';
import { session } from './session';

/** With less than this left of its life, an access token is exchanged. */
const EARLY_MS = 30_000;

/** Adds the access token where somebody is signed in, and the page's publishable key otherwise. */
export function credentialLink(publishableKey: string, transport: ApolloLink): ApolloLink {
  const keyOnly = new SetContextLink(({ headers }) => ({ headers: { ...headers, 'x-api-key': publishableKey } }));
  const refresher = new ApolloClient({ link: keyOnly.concat(transport), cache: new InMemoryCache() });
  let refreshing: Promise<void> | undefined;

  // One exchange at a time: a refresh token is good once, and a second use of it ends the session.
  const refresh = (): Promise<void> => {
    refreshing ??= exchange(refresher).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const credential = new SetContextLink(async ({ headers }) => {
    const { tokens } = session.current();
    if (tokens && tokens.expiresAt - Date.now() < EARLY_MS) await refresh();
    const accessToken = session.current().tokens?.accessToken;
    const given = accessToken ? { authorization: `Bearer ${accessToken}` } : { 'x-api-key': publishableKey };
    return { headers: { ...headers, ...given } };
  });

  // The clock of this machine may be wrong, so what is refused as expired is exchanged, and asked once more. Nothing
  // was done and no guess was counted: the credential is read first.
  const refused = new ErrorLink(({ error, operation, forward }) => {
    if (!isUnauthenticated(error) || !session.current().tokens || operation.getContext()['isSecondTry']) return;
    operation.setContext({ isSecondTry: true });
    return from(refresh()).pipe(switchMap(() => forward(operation)));
  });
  return ApolloLink.from([refused, credential, transport]);
}

async function exchange(client: ApolloClient): Promise<void> {
  const refreshToken = session.current().tokens?.refreshToken;
  if (!refreshToken) return;
  const { data } = await client.mutate({
    mutation: RefreshDocument,
    variables: { input: { refreshToken } },
    fetchPolicy: 'no-cache',
  });
  if (data?.refreshSession.__typename === 'CustomerSession') session.start(data.refreshSession);
  else session.lapse();
}

const isUnauthenticated = (error: unknown): boolean =>
  CombinedGraphQLErrors.is(error)
    ? error.errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED')
    : ServerError.is(error) && error.statusCode === 401;
