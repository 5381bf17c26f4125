/** The use cases about events and endpoints, bound to their dependencies once. */
import type { Principal, World } from '../access/principal.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import { type CreateEndpointInput, createEndpoint, type EndpointDeps } from './create-endpoint.js';
import { deleteEndpoint } from './delete-endpoint.js';
import type { CreatedEndpoint, EndpointRecord } from './endpoint-record.js';
import { findEndpoint, listEndpoints } from './list-endpoints.js';
import { type EventFilter, type EventRecord, findEvent, listEvents } from './list-events.js';
import { type RedeliverInput, redeliverEvent } from './redeliver.js';
import { type RotateSecretInput, rotateSecret } from './rotate-secret.js';
import { type UpdateEndpointInput, updateEndpoint } from './update-endpoint.js';

export interface EventUseCases {
  createWebhookEndpoint(caller: Principal, input: CreateEndpointInput): Promise<CreatedEndpoint>;
  updateWebhookEndpoint(caller: Principal, input: UpdateEndpointInput): Promise<EndpointRecord>;
  rotateWebhookSecret(caller: Principal, input: RotateSecretInput): Promise<CreatedEndpoint>;
  deleteWebhookEndpoint(caller: Principal, id: string): Promise<EndpointRecord>;
  listWebhookEndpoints(world: World): Promise<EndpointRecord[]>;
  findWebhookEndpoint(world: World, id: string): Promise<EndpointRecord | undefined>;
  listEvents(world: World, filter: EventFilter, page: PageRequest): Promise<Page<EventRecord>>;
  findEvent(world: World, id: string): Promise<EventRecord | undefined>;
  redeliverEvent(caller: Principal, input: RedeliverInput): Promise<void>;
}

export function bindEvents(deps: EndpointDeps): EventUseCases {
  const { database } = deps;
  const { pool } = database;
  return {
    createWebhookEndpoint: (caller, input) => createEndpoint(deps, caller, input),
    updateWebhookEndpoint: (caller, input) => updateEndpoint(deps, caller, input),
    rotateWebhookSecret: (caller, input) => rotateSecret(deps, caller, input),
    deleteWebhookEndpoint: (caller, id) => deleteEndpoint(database, caller, id),
    listWebhookEndpoints: (world) => listEndpoints(pool, world),
    findWebhookEndpoint: (world, id) => findEndpoint(pool, world, id),
    listEvents: (world, filter, page) => listEvents(pool, world, filter, page),
    findEvent: (world, id) => findEvent(pool, world, id),
    redeliverEvent: (caller, input) => redeliverEvent(database, caller, input),
  };
}
