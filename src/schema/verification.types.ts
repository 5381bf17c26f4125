import { Field, Int, ObjectType } from 'type-graphql';
import type { Channel as ChannelValue, StepStatus as StepStatusValue } from '../entities/verification-step.js';
import type { StepRecord } from '../verification/record.js';
import { Channel, StepStatus, VerificationKind, VerificationStatus } from './enums.js';
import { Node } from './node.js';
import { DateTime, Locale } from './scalars.js';

@ObjectType({ description: 'One way in which the code of a verification travels.', simpleResolvers: true })
export class VerificationStep {
  @Field(() => Int, { description: 'Its place, from 0.' })
  index!: number;

  @Field(() => Channel, { description: 'The way its message travels.' })
  channel!: ChannelValue;

  @Field(() => String, { description: 'Masked unless the caller holds verifications:read.' })
  to!: string;

  @Field(() => String, { description: 'The provider that carries it.' })
  provider!: string;

  @Field(() => String, { nullable: true, description: 'The template of its message.' })
  template!: string | null;

  @Field(() => StepStatus, { description: 'Where it stands.' })
  status!: StepStatusValue;

  @Field(() => Int, { description: 'How often its message was sent.' })
  sends!: number;

  @Field(() => String, { nullable: true, description: 'Why it failed, in words for a developer.' })
  failureReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the provider took its latest message.' })
  sentAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When its latest message is known to have arrived.' })
  deliveredAt!: Date | null;
}

@ObjectType({
  implements: Node,
  description: 'One attempt to learn that a customer holds a contact. Its code or link is nowhere to be read.',
  simpleResolvers: true,
})
export class Verification extends Node {
  @Field(() => VerificationKind, { description: 'A code or a link.' })
  kind!: keyof typeof VerificationKind;

  @Field(() => VerificationStatus, { description: 'Where it stands by the clock of the database.' })
  status!: keyof typeof VerificationStatus;

  @Field(() => Locale, { description: 'The language of its messages.' })
  locale!: string;

  @Field(() => Int, { description: 'Digits of the code, 4 to 12; 0 for a link.' })
  codeLength!: number;

  @Field(() => Int, { description: 'Guesses taken at most, 1 to 10, whatever is resent.' })
  maxAttempts!: number;

  @Field(() => Int, { description: 'Guesses that were counted and not right.' })
  failedAttempts!: number;

  @Field(() => Int, { description: 'Guesses still taken.' })
  attemptsLeft!: number;

  @Field(() => Int, { description: 'Seconds from creation to expiry, 30 to 3600.' })
  timeoutSeconds!: number;

  @Field(() => Int, { description: 'The step that is under way.' })
  currentStepIndex!: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: Date;

  @Field(() => DateTime, { description: 'The first moment at which no guess is taken any more.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the right code came, or the click on the link.' })
  verifiedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The earliest time at which resendVerification sends again; null once the verification is finished.',
  })
  resendAvailableAt!: Date | null;

  /** Not a field: what the fields that are read on demand start from. */
  customerId!: string;
  verificationId!: string;
  /** Where they are known already, they need not be read. */
  knownSteps?: readonly StepRecord[] | undefined;
}
