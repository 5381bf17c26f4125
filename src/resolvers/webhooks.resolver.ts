import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { CreatedEndpoint, EndpointRecord } from '../events/endpoint-record.js';
import { globalId } from '../kernel/ids.js';
import { Guard } from '../schema/guard.js';
import {
  CreateWebhookEndpointInput,
  DeleteWebhookEndpointInput,
  RotateWebhookSecretInput,
  UpdateWebhookEndpointInput,
  WebhookEndpoint,
  WebhookEndpointWithSecret,
} from '../schema/webhook.types.js';
import { knownId } from './changed-customer.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class WebhooksResolver {
  @Query(() => [WebhookEndpoint], { description: "Endpoints of the caller's mode, oldest first; 20 at most." })
  @Guard({ scopes: [['workspace:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async webhookEndpoints(@Ctx() context: RequestContext): Promise<WebhookEndpoint[]> {
    return (await context.gateway.listWebhookEndpoints(callerOf(context))).map(toWebhookEndpoint);
  }

  @Mutation(() => WebhookEndpointWithSecret, {
    description: "Makes an endpoint of the caller's mode, which is told of what happens after the answer.",
  })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 60, window: '1m', by: ['workspace'] }] })
  async createWebhookEndpoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => CreateWebhookEndpointInput, { description: 'The endpoint.' }) input: CreateWebhookEndpointInput,
  ): Promise<WebhookEndpointWithSecret> {
    const created = await context.gateway.createWebhookEndpoint(callerOf(context), {
      url: input.url ?? undefined,
      eventTypes: input.eventTypes ?? [],
      includeContacts: input.includeContacts ?? false,
    });
    return withSecret(created);
  }

  @Mutation(() => WebhookEndpoint, {
    description: 'Changes an endpoint. What waited while it was disabled is told once it is enabled.',
  })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 60, window: '1m', by: ['workspace'] }] })
  async updateWebhookEndpoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => UpdateWebhookEndpointInput, { description: 'What changes.' }) input: UpdateWebhookEndpointInput,
  ): Promise<WebhookEndpoint> {
    const record = await context.gateway.updateWebhookEndpoint(callerOf(context), {
      id: knownId('WebhookEndpoint', input.id),
      url: input.url,
      eventTypes: input.eventTypes ?? undefined,
      includeContacts: input.includeContacts ?? undefined,
      enabled: input.enabled ?? undefined,
    });
    return toWebhookEndpoint(record);
  }

  @Mutation(() => WebhookEndpointWithSecret, {
    description: 'Gives an endpoint a new secret; until the overlap is over, deliveries are signed with both.',
  })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 60, window: '1m', by: ['workspace'] }] })
  async rotateWebhookSecret(
    @Ctx() context: RequestContext,
    @Arg('input', () => RotateWebhookSecretInput, { description: 'Which endpoint, and how long both sign.' })
    input: RotateWebhookSecretInput,
  ): Promise<WebhookEndpointWithSecret> {
    const id = knownId('WebhookEndpoint', input.id);
    const overlapSeconds = input.overlapSeconds ?? 86_400;
    return withSecret(await context.gateway.rotateWebhookSecret(callerOf(context), { id, overlapSeconds }));
  }

  @Mutation(() => WebhookEndpoint, { description: 'Removes an endpoint; what waited for it is never told.' })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 60, window: '1m', by: ['workspace'] }] })
  async deleteWebhookEndpoint(
    @Ctx() context: RequestContext,
    @Arg('input', () => DeleteWebhookEndpointInput, { description: 'Which endpoint.' })
    input: DeleteWebhookEndpointInput,
  ): Promise<WebhookEndpoint> {
    const id = knownId('WebhookEndpoint', input.id);
    return toWebhookEndpoint(await context.gateway.deleteWebhookEndpoint(callerOf(context), id));
  }
}

export function toWebhookEndpoint(record: EndpointRecord): WebhookEndpoint {
  return { ...record, id: globalId('WebhookEndpoint', record.id) };
}

function withSecret({ endpoint, secret }: CreatedEndpoint): WebhookEndpointWithSecret {
  return { endpoint: toWebhookEndpoint(endpoint), secret };
}
