import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { EndpointStatus } from '../entities/webhook-endpoint.js';
import { WebhookDisabledReason, WebhookEndpointStatus } from './enums.js';
import { Node } from './node.js';
import { DateTime, Url } from './scalars.js';

@ObjectType({
  implements: Node,
  description: 'Where the workspace is told of events, by webhooks signed after Standard Webhooks.',
  simpleResolvers: true,
})
export class WebhookEndpoint extends Node {
  @Field(() => Url, { nullable: true, description: 'Null: events are written to be read, and sent nowhere.' })
  url!: string | null;

  @Field(() => [String], { description: 'What it is told of. Empty: everything.' })
  eventTypes!: readonly string[];

  @Field(() => Boolean, { description: 'Whether it is told contacts in clear; otherwise they are masked.' })
  includeContacts!: boolean;

  @Field(() => WebhookEndpointStatus, { description: 'Whether anything is sent there.' })
  status!: EndpointStatus;

  @Field(() => WebhookDisabledReason, { nullable: true, description: 'Why nothing is sent. Null while it is enabled.' })
  disabledReason!: keyof typeof WebhookDisabledReason | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Until when the secret before the last rotation signs too. Null: one secret signs.',
  })
  previousSecretUntil!: Date | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@ObjectType({ description: 'An endpoint with its new secret, which is shown this once.', simpleResolvers: true })
export class WebhookEndpointWithSecret {
  @Field(() => WebhookEndpoint, { description: 'What can be read again later.' })
  endpoint!: WebhookEndpoint;

  @Field(() => String, { description: 'What signatures are checked with: whsec_ and base64. Nothing shows it again.' })
  secret!: string;
}

@InputType({ description: 'An endpoint to be made.' })
export class CreateWebhookEndpointInput {
  @Field(() => Url, {
    nullable: true,
    description: 'HTTPS, on a public address. Left out: events are written to be read, and sent nowhere.',
  })
  url?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'What it is told of, each once. Left out or empty: everything.',
  })
  eventTypes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether it is told contacts in clear. The key must hold customers:read.',
  })
  includeContacts?: boolean | null;
}

@InputType({ description: 'What changes of an endpoint; what is left out stays. A null url takes the URL away.' })
export class UpdateWebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  id!: string;

  @Field(() => Url, { nullable: true, description: 'HTTPS, on a public address. Null takes it away.' })
  url?: string | null;

  @Field(() => [String], { nullable: true, description: 'What it is told of, in place of the old. Empty: everything.' })
  eventTypes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it is told contacts in clear. The key must hold customers:read.',
  })
  includeContacts?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'False stops it, true starts it again, after a 410 too.' })
  enabled?: boolean | null;
}

@InputType({ description: 'An endpoint whose secret is replaced.' })
export class RotateWebhookSecretInput {
  @Field(() => ID, { description: 'The endpoint.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: 86_400,
    description: 'Seconds for which the old secret signs beside the new one, 0 to 604800.',
  })
  overlapSeconds?: number | null;
}

@InputType({ description: 'An endpoint to be removed.' })
export class DeleteWebhookEndpointInput {
  @Field(() => ID, { description: 'The endpoint.' })
  id!: string;
}
