import { ApolloLink, Observable } from '@apollo/client';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';

/**
 * Subscriptions as server-sent events, with the headers of the links before it, and by their hash where
 * `PersistedQueryLink` stands before it. A stream that breaks off is opened again by itself.
 */
export const eventLink = (url: string): ApolloLink =>
  new ApolloLink((operation) => {
    const { variables, operationName = '', extensions, query } = operation;
    const { headers = {}, http = {} } = operation.getContext();
    const text = http.includeQuery === false ? '' : print(query);
    const request = { query: text, variables, operationName, extensions };
    return new Observable<ApolloLink.Result>((sink) =>
      createClient({ url, headers: headers as Record<string, string> }).subscribe(request, {
        next: (result) => sink.next(result as ApolloLink.Result),
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      }),
    );
  });
