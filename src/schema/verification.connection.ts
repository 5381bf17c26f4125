import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import type { Channel as ChannelValue } from '../entities/verification-step.js';
import { ConnectionOf, EdgeOf } from './connection.js';
import { Channel, VerificationStatus } from './enums.js';
import { PageArgs } from './page.types.js';
import { DateTime } from './scalars.js';
import { Verification } from './verification.types.js';

@ObjectType({ description: 'A verification in a list.', simpleResolvers: true })
export class VerificationEdge extends EdgeOf(Verification, 'The verification.', 'after and before') {}

@ObjectType({ description: 'A page of verifications.', simpleResolvers: true })
export class VerificationConnection extends ConnectionOf(VerificationEdge, Verification) {}

@ArgsType()
export class VerificationsArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'True: oldest first.' })
  reverse?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'Created at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Created before this moment.' })
  to?: Date | null;

  @Field(() => VerificationStatus, { nullable: true, description: 'Only those that stand there now.' })
  status?: keyof typeof VerificationStatus | null;

  @Field(() => Channel, { nullable: true, description: 'Only those with a step of this channel.' })
  channel?: ChannelValue | null;

  @Field(() => ID, { nullable: true, description: 'Only those of this customer.' })
  customerId?: string | null;
}
