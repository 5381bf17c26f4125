/** Sends what GraphiQL is told to run: subscriptions as a stream of events, everything else as one request. */
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-sse';

// A constant, whatever the address of the page says.
const url = '/graphql';
const once = createGraphiQLFetcher({ url });

export const fetcher: Fetcher = (params, options) => {
  const { documentAST, headers = {} } = options ?? {};
  const operation = documentAST && getOperationAST(documentAST, params.operationName);
  if (operation?.operation !== 'subscription') return once(params, options);
  const { query, variables, operationName } = params;
  // A client for each: the credential is the one that stands in the tab's headers now.
  return createClient({ url, headers }).iterate({ query, variables, ...(operationName && { operationName }) });
};
