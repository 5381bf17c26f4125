import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from './connection.js';
import { Node } from './node.js';
import { ForwardPageArgs } from './page.types.js';
import { DateTime, JSONObject } from './scalars.js';

@ObjectType({
  implements: Node,
  description: 'Something that was done, and by whom. Never changed, and with no contact in clear.',
  simpleResolvers: true,
})
export class AuditEvent extends Node {
  @Field(() => DateTime, { description: 'When it was done.' })
  at!: Date;

  @Field(() => String, {
    description:
      'PUBLISHABLE_KEY, SECRET_KEY, CUSTOMER_SESSION, USER_TOKEN, COMMAND, or ENDPOINT of a webhook that asked for its own end.',
  })
  actorKind!: string;

  @Field(() => String, { description: 'The id of the key, customer or endpoint, or the name of the command.' })
  actorId!: string;

  @Field(() => String, { description: 'Object and deed, for example api_key.revoked.' })
  action!: string;

  @Field(() => String, { description: 'The type of the object, as it stands in its id.' })
  objectType!: string;

  @Field(() => ID, { nullable: true, description: 'What it was done to, whether or not it is still there.' })
  objectId!: string | null;

  @Field(() => JSONObject, { description: 'What else there is to know; depends on the action.' })
  details!: Record<string, unknown>;
}

@ObjectType({ description: 'An event in a list.', simpleResolvers: true })
export class AuditEventEdge extends EdgeOf(AuditEvent, 'The event.', 'after') {}

@ObjectType({ description: 'A page of events.', simpleResolvers: true })
export class AuditEventConnection extends ConnectionOf(AuditEventEdge, AuditEvent) {}

@ArgsType()
export class AuditEventsArgs extends ForwardPageArgs {
  @Field(() => DateTime, { nullable: true, description: 'Done at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Done before this moment.' })
  to?: Date | null;

  @Field(() => ID, { nullable: true, description: 'Only what was done to this object.' })
  objectId?: string | null;
}
