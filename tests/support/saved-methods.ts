/** Saved methods, as a merchant's backend calls them. */
import type { Caller, Variables } from './caller.js';
import { type Answer, dataOf } from './graphql-client.js';

export const METHOD = `id type brand cardType last4 expiryMonth expiryYear holderName issuerCountry bankName currency
  createdAt archivedAt`;

export interface MethodView {
  id: string;
  type: string;
  last4: string | null;
  holderName: string | null;
  createdAt: string;
  archivedAt: string | null;
}

/** Saves an instrument; one of a card of shop-a unless said otherwise. */
export const save = (caller: Caller, input: Variables): Promise<Answer<{ result: MethodView }>> =>
  caller.query(`mutation ($input: SaveMethodInput!) { result: saveMethod(input: $input) { ${METHOD} } }`, {
    input: {
      merchantId: 'shop-a',
      instrumentId: 'PI4242',
      fingerprint: 'FP4242',
      type: 'CARD',
      last4: '4242',
      ...input,
    },
  });

/** Saves one and expects it to be accepted. */
export const saved = async (caller: Caller, input: Variables): Promise<MethodView> =>
  dataOf(await save(caller, input)).result;

export const materialize = (caller: Caller, id: string, merchantId: string) =>
  caller.query<{ result: { instrumentId: string; merchantId: string; method: MethodView } }>(
    `mutation ($input: MaterializeSavedMethodInput!) {
      result: materializeSavedMethod(input: $input) { instrumentId merchantId method { ${METHOD} } } }`,
    { input: { id, merchantId } },
  );

export const instrumentOf = async (caller: Caller, id: string, merchantId: string): Promise<string> =>
  dataOf(await materialize(caller, id, merchantId)).result.instrumentId;

/** What savedMethods lists. */
export const methodsOf = async (caller: Caller, variables: Variables): Promise<MethodView[]> =>
  dataOf(
    await caller.query<{ savedMethods: { nodes: MethodView[] } }>(
      `query ($customerId: ID, $includeArchived: Boolean) {
        savedMethods(customerId: $customerId, includeArchived: $includeArchived) { nodes { ${METHOD} } } }`,
      variables,
    ),
  ).savedMethods.nodes;
