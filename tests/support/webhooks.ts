/** The operations on endpoints and events, as one holder of a key calls them. */
import type { Caller, Variables } from './caller.js';
import { type Answer, dataOf } from './graphql-client.js';

const ENDPOINT = 'id url eventTypes includeContacts status disabledReason previousSecretUntil';
const EVENT =
  'id type createdAt objectId data deliveries { endpointId status attempts nextAttemptAt lastStatusCode lastFailure deliveredAt }';

const DOCUMENTS = {
  create: `mutation ($input: CreateWebhookEndpointInput!) {
    result: createWebhookEndpoint(input: $input) { secret endpoint { ${ENDPOINT} } } }`,
  update: `mutation ($input: UpdateWebhookEndpointInput!) { result: updateWebhookEndpoint(input: $input) { ${ENDPOINT} } }`,
  rotate: `mutation ($input: RotateWebhookSecretInput!) {
    result: rotateWebhookSecret(input: $input) { secret endpoint { ${ENDPOINT} } } }`,
  delete: `mutation ($input: DeleteWebhookEndpointInput!) { result: deleteWebhookEndpoint(input: $input) { ${ENDPOINT} } }`,
  redeliver: `mutation ($input: RedeliverEventInput!) { result: redeliverEvent(input: $input) { ${EVENT} } }`,
} as const;

export interface EndpointView {
  id: string;
  url: string | null;
  eventTypes: string[];
  includeContacts: boolean;
  status: string;
  disabledReason: string | null;
  previousSecretUntil: string | null;
}

export interface EventView {
  id: string;
  type: string;
  createdAt: string;
  objectId: string;
  data: Record<string, unknown>;
  deliveries: {
    endpointId: string;
    status: string;
    attempts: number;
    nextAttemptAt: string | null;
    lastStatusCode: number | null;
    lastFailure: string | null;
    deliveredAt: string | null;
  }[];
}

export interface CreatedEndpointView {
  secret: string;
  endpoint: EndpointView;
}

export const webhooksOf = (caller: Caller) => {
  const ask = <Result>(field: keyof typeof DOCUMENTS, input: Variables): Promise<Answer<{ result: Result }>> =>
    caller.query<{ result: Result }>(DOCUMENTS[field], { input });
  const call = async <Result>(field: keyof typeof DOCUMENTS, input: Variables) =>
    dataOf(await ask<Result>(field, input)).result;
  return {
    ask,
    create: (input: Variables) => call<CreatedEndpointView>('create', input),
    update: (input: Variables) => call<EndpointView>('update', input),
    rotate: (input: Variables) => call<CreatedEndpointView>('rotate', input),
    delete: (input: Variables) => call<EndpointView>('delete', input),
    redeliver: (input: Variables) => call<EventView>('redeliver', input),
    list: async () =>
      dataOf(await caller.query<{ result: EndpointView[] }>(`{ result: webhookEndpoints { ${ENDPOINT} } }`)).result,
    /** Oldest first. */
    events: async (args: Variables = {}) =>
      dataOf(
        await caller.query<{ result: { nodes: EventView[] } }>(
          `query ($types: [String!], $objectId: ID, $from: DateTime, $to: DateTime, $first: Int = 100) {
            result: events(types: $types, objectId: $objectId, from: $from, to: $to, first: $first, reverse: true) {
              nodes { ${EVENT} } } }`,
          args,
        ),
      ).result.nodes,
  };
};
