import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { EventRecord } from '../events/list-events.js';
import { parsePage, toPage } from '../kernel/cursor.js';
import { GatewayError } from '../kernel/errors.js';
import { globalId } from '../kernel/ids.js';
import { Event, EventConnection, EventsArgs, RedeliverEventInput } from '../schema/event.types.js';
import { Guard } from '../schema/guard.js';
import { objectOf } from './audit.resolver.js';
import { knownId } from './changed-customer.js';
import { toConnection } from './connection.map.js';
import { callerOf, type RequestContext } from './context.js';

@Resolver()
export class EventsResolver {
  @Query(() => EventConnection, {
    description:
      'What happened in the mode of the caller since it has an endpoint, newest first; from is inclusive, to is exclusive.',
  })
  @Guard({ scopes: [['workspace:read']], limits: [{ max: 3000, window: '1m', by: ['key'] }] })
  async events(@Ctx() context: RequestContext, @Args(() => EventsArgs) args: EventsArgs): Promise<EventConnection> {
    const page = parsePage(args, args.reverse ?? false);
    const object = typeof args.objectId === 'string' ? objectOf(args.objectId) : undefined;
    // An id that cannot be one is an object that does not exist: nothing ever happened to it.
    if (object === null) return toConnection(toPage(page, []), toEvent);
    const filter = { from: args.from ?? undefined, to: args.to ?? undefined, types: args.types ?? undefined, object };
    return toConnection(await context.gateway.listEvents(callerOf(context), filter, page), toEvent);
  }

  @Mutation(() => Event, {
    description: 'Sends an event to an endpoint once more, under the same webhook-id, out of its order.',
  })
  @Guard({ scopes: [['workspace:write']], limits: [{ max: 3000, window: '1m', by: ['workspace'] }] })
  async redeliverEvent(
    @Ctx() context: RequestContext,
    @Arg('input', () => RedeliverEventInput, { description: 'Which event, and where to.' }) input: RedeliverEventInput,
  ): Promise<Event> {
    const caller = callerOf(context);
    const eventId = knownId('Event', input.id);
    const endpointId = knownId('WebhookEndpoint', input.endpointId);
    await context.gateway.redeliverEvent(caller, { eventId, endpointId });
    const record = await context.gateway.findEvent(caller, eventId);
    if (!record) throw new GatewayError('NOT_FOUND', 'The event was removed meanwhile.');
    return toEvent(record);
  }
}

export function toEvent({ objectType, objectId, deliveries, ...record }: EventRecord): Event {
  return {
    ...record,
    id: globalId('Event', record.id),
    objectId: globalId(objectType, objectId),
    deliveries: deliveries.map(({ endpointId, ...delivery }) => ({
      ...delivery,
      endpointId: globalId('WebhookEndpoint', endpointId),
    })),
  };
}
