import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DEFAULT_OVERLAP_SECONDS } from '../access/rotate-api-key.js';
import type { ApiKeyKind as ApiKeyKindValue } from '../entities/api-key.js';
import { ConnectionOf, EdgeOf } from './connection.js';
import { ApiKeyKind, Mode } from './enums.js';
import { Node } from './node.js';
import { DateTime } from './scalars.js';

@ObjectType({ implements: Node, description: 'A key of the workspace, without its secret.', simpleResolvers: true })
export class ApiKey extends Node {
  @Field(() => String, { description: 'For people.' })
  name!: string;

  @Field(() => ApiKeyKind, { description: 'Where the key may stand.' })
  kind!: ApiKeyKindValue;

  @Field(() => Mode, { description: 'The world that it belongs to.' })
  mode!: keyof typeof Mode;

  @Field(() => [String], { description: 'What it carries, for this and for other services.' })
  scopes!: readonly string[];

  @Field(() => Boolean, { description: 'Runs published operations only.' })
  persistedOnly!: boolean;

  @Field(() => String, { nullable: true, description: 'The merchant that it acts for.' })
  merchantId!: string | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Addresses and CIDR ranges that it is good from. Null: everywhere.',
  })
  allowedIps!: readonly string[] | null;

  @Field(() => DateTime, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was last used, to the minute. Null: never.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends, or ended. Null: when it is revoked.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked.' })
  revokedAt!: Date | null;
}

@ObjectType({ description: 'A key in a list.', simpleResolvers: true })
export class ApiKeyEdge extends EdgeOf(ApiKey, 'The key.', 'after') {}

@ObjectType({ description: 'A page of keys.', simpleResolvers: true })
export class ApiKeyConnection extends ConnectionOf(ApiKeyEdge, ApiKey) {}

@ObjectType({ description: 'A new key. The secret is shown this once.', simpleResolvers: true })
export class CreatedApiKey {
  @Field(() => ApiKey, { description: 'What can be read again later.' })
  key!: ApiKey;

  @Field(() => String, { description: 'The whole key. Nothing can show it again.' })
  secret!: string;
}

@InputType({ description: 'A key to be made. It reaches no further than the key that makes it.' })
export class CreateApiKeyInput {
  @Field(() => String, { description: '1 to 100 characters, for people.' })
  name!: string;

  @Field(() => ApiKeyKind, { description: 'Where the key may stand.' })
  kind!: ApiKeyKindValue;

  @Field(() => Mode, { description: 'That of the key that makes it.' })
  mode!: keyof typeof Mode;

  @Field(() => [String], {
    nullable: true,
    description: 'What it may do, and the maker too. Left out: all that its kind may hold.',
  })
  scopes?: string[] | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Runs published operations only.' })
  persistedOnly?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The one merchant whose saved methods it reaches.' })
  merchantId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends. Left out: when it is revoked.' })
  expiresAt?: Date | null;

  @Field(() => [String], {
    nullable: true,
    description: '1 to 100 addresses or CIDR ranges, IPv4 or IPv6, that it is good from. Left out: everywhere.',
  })
  allowedIps?: string[] | null;
}

@InputType({ description: 'A key to be replaced by a new one.' })
export class RotateApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_OVERLAP_SECONDS,
    description: 'Seconds for which the old key stays good, 0 to 604800, and no longer than it was good anyway.',
  })
  overlapSeconds?: number | null;
}

@InputType({ description: 'A key to be ended.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;
}
