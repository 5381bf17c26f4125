import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from './connection.js';
import { EventDeliveryStatus } from './enums.js';
import { Node } from './node.js';
import { ForwardPageArgs } from './page.types.js';
import { DateTime, JSONObject } from './scalars.js';

@ObjectType({ description: 'What became of an event at an endpoint.', simpleResolvers: true })
export class EventDelivery {
  @Field(() => ID, { description: 'The endpoint.' })
  endpointId!: string;

  @Field(() => EventDeliveryStatus, { description: 'Where it stands.' })
  status!: keyof typeof EventDeliveryStatus;

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it is tried again. Null: no more.' })
  nextAttemptAt!: Date | null;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the last answer. Null: there was none.' })
  lastStatusCode!: number | null;

  @Field(() => String, { nullable: true, description: 'Why the last try failed. Null: it did not.' })
  lastFailure!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the endpoint took it.' })
  deliveredAt!: Date | null;
}

@ObjectType({
  implements: Node,
  description: 'Something that happened, as endpoints are told of it; its id is the webhook-id.',
  simpleResolvers: true,
})
export class Event extends Node {
  @Field(() => String, { description: 'For example verification.verified.' })
  type!: string;

  @Field(() => DateTime, { description: 'When it happened.' })
  createdAt!: Date;

  @Field(() => ID, { description: 'What it happened to: of one object, events are told in their order.' })
  objectId!: string;

  @Field(() => JSONObject, { description: 'What is told, without contacts; depends on the type.' })
  data!: Record<string, unknown>;

  @Field(() => [EventDelivery], { description: 'One for each endpoint that is told.' })
  deliveries!: EventDelivery[];
}

@ObjectType({ description: 'An event in a list.', simpleResolvers: true })
export class EventEdge extends EdgeOf(Event, 'The event.', 'after') {}

@ObjectType({ description: 'A page of events.', simpleResolvers: true })
export class EventConnection extends ConnectionOf(EventEdge, Event) {}

@ArgsType()
export class EventsArgs extends ForwardPageArgs {
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'True: oldest first.' })
  reverse?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'Happened at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Happened before this moment.' })
  to?: Date | null;

  @Field(() => [String], { nullable: true, description: 'Only of these types.' })
  types?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only what happened to this object.' })
  objectId?: string | null;
}

@InputType({ description: 'An event that an endpoint is to be told once more.' })
export class RedeliverEventInput {
  @Field(() => ID, { description: 'The event.' })
  id!: string;

  @Field(() => ID, { description: 'The endpoint.' })
  endpointId!: string;
}
