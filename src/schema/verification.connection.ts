import { ArgsType, Field, ID, ObjectType } from 'type-graphql';
import type { Channel as ChannelValue } from '../entities/verification-step.js';
import { Channel, VerificationStatus } from './enums.js';
import { PageArgs, PageInfo } from './page.types.js';
import { DateTime } from './scalars.js';
import { Verification } from './verification.types.js';

@ObjectType({ description: 'A verification in a list.', simpleResolvers: true })
export class VerificationEdge {
  @Field(() => String, { description: 'Its place in the list, for after and before. Opaque.' })
  cursor!: string;

  @Field(() => Verification, { description: 'The verification.' })
  node!: Verification;
}

@ObjectType({ description: 'A page of verifications.', simpleResolvers: true })
export class VerificationConnection {
  @Field(() => [VerificationEdge], { description: 'Each with its cursor.' })
  edges!: VerificationEdge[];

  @Field(() => [Verification], { description: 'Without their cursors.' })
  nodes!: Verification[];

  @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
  pageInfo!: PageInfo;
}

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
