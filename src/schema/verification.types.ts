import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Channel as ChannelValue, StepStatus as StepStatusValue } from '../entities/verification-step.js';
import type { StepRecord } from '../verification/record.js';
import { Channel, StepStatus, VerificationKind, VerificationStatus } from './enums.js';
import { EmailContentInput } from './message.types.js';
import { Node } from './node.js';
import { DateTime, EmailAddress, Locale, PhoneNumber, Url } from './scalars.js';

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

/** What every send can be told. */
@InputType()
export abstract class SendInput {
  @Field(() => ID, { nullable: true, description: 'Secret keys name the customer; a customer is always themselves.' })
  customerId?: string | null;

  @Field(() => Locale, {
    nullable: true,
    description: "Default: the customer's, else that of the phone number's country, else the workspace's.",
  })
  locale?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: 6, description: 'Digits of the code, 4 to 12.' })
  codeLength?: number | null;

  @Field(() => Int, { nullable: true, defaultValue: 600, description: 'Seconds until the code expires, 30 to 3600.' })
  timeoutSeconds?: number | null;

  @Field(() => Int, { nullable: true, defaultValue: 3, description: 'Guesses taken at most, 1 to 10.' })
  maxAttempts?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same key within 24 hours is the same verification; nothing is sent.',
  })
  idempotencyKey?: string | null;
}

/** A send of one message. */
@InputType()
export abstract class SendMessageInput extends SendInput {
  @Field(() => String, { nullable: true, description: 'The template of the message. Default: `code`.' })
  template?: string | null;
}

@InputType({ description: 'A code to an email address.' })
export class SendEmailVerificationInput extends SendMessageInput {
  @Field(() => EmailAddress, { nullable: true, description: "Default: the customer's primary email." })
  email?: string | null;

  @Field(() => EmailContentInput, { nullable: true, description: 'The look and the words of an email.' })
  content?: EmailContentInput | null;
}

@InputType({ description: 'A code to a phone number.' })
export class SendPhoneVerificationInput extends SendMessageInput {
  @Field(() => PhoneNumber, { nullable: true, description: "Default: the customer's primary phone number." })
  phoneNumber?: string | null;

  @Field(() => Channel, { nullable: true, defaultValue: 'SMS', description: 'SMS, WHATSAPP or VOICE.' })
  channel?: ChannelValue | null;

  @Field(() => String, { nullable: true, description: 'At most 140 characters, with {otp} and {app} once each.' })
  customMessage?: string | null;

  @Field(() => String, { nullable: true, description: 'The name a text message comes from; at most 11 characters.' })
  senderId?: string | null;
}

@InputType({ description: 'A link to an email address.' })
export class SendEmailLinkInput {
  @Field(() => ID, { nullable: true, description: 'Secret keys name the customer; a customer is always themselves.' })
  customerId?: string | null;

  @Field(() => EmailAddress, { description: 'The address to be verified.' })
  email!: string;

  @Field(() => Url, {
    description:
      "One of the workspace's redirect URIs, exactly; the link ends there with result=true or result=false added.",
  })
  redirectUri!: string;

  @Field(() => EmailContentInput, { nullable: true, description: 'The look and the words of the email.' })
  content?: EmailContentInput | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'True: the click replaces a verified primary email. False: it adds this one as secondary.',
  })
  updatePrimary?: boolean | null;

  @Field(() => Locale, {
    nullable: true,
    description: "Of the email and its page. Default: the customer's, else the workspace's.",
  })
  locale?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: 600, description: 'Seconds until the link expires, 30 to 3600.' })
  timeoutSeconds?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The same key within 24 hours is the same verification; nothing is sent.',
  })
  idempotencyKey?: string | null;
}

@InputType()
abstract class ConfirmInput {
  @Field(() => String, { description: 'The code as the customer entered it.' })
  code!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'True replaces a verified primary contact, false adds this one as secondary.',
  })
  updatePrimary?: boolean | null;
}

@InputType({ description: 'A guess at a verification named by its id.' })
export class ConfirmVerificationInput extends ConfirmInput {
  @Field(() => ID, { description: 'The verification.' })
  verificationId!: string;
}

@InputType()
abstract class ConfirmContactInput extends ConfirmInput {
  @Field(() => ID, { nullable: true, description: 'Secret keys name the customer; a customer is always themselves.' })
  customerId?: string | null;

  @Field(() => ID, { nullable: true, description: "Default: the customer's newest verification of this kind." })
  verificationId?: string | null;
}

@InputType({ description: 'A guess at an email verification.' })
export class ConfirmEmailVerificationInput extends ConfirmContactInput {
  @Field(() => EmailAddress, {
    nullable: true,
    description: 'The address the code went to, where several are under way.',
  })
  email?: string | null;
}

@InputType({ description: 'A guess at a phone verification.' })
export class ConfirmPhoneVerificationInput extends ConfirmContactInput {
  @Field(() => PhoneNumber, {
    nullable: true,
    description: 'The number the code went to, where several are under way.',
  })
  phoneNumber?: string | null;
}

@InputType({ description: 'One step of a verification: a channel and a recipient.' })
export class VerificationStepInput {
  @Field(() => Channel, { description: 'The way its message travels.' })
  channel!: ChannelValue;

  @Field(() => String, { description: 'The address, or the number in E.164.' })
  to!: string;

  @Field(() => String, { nullable: true, description: 'The template of the message. Default: `code`.' })
  template?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 140 characters, with {otp} and {app} once each.' })
  customMessage?: string | null;

  @Field(() => String, { nullable: true, description: 'The name a text message comes from; at most 11 characters.' })
  senderId?: string | null;

  @Field(() => EmailContentInput, { nullable: true, description: 'The look and the words of an email.' })
  content?: EmailContentInput | null;
}

@InputType({ description: 'A verification with its steps in the open.' })
export class StartVerificationInput extends SendInput {
  @Field(() => [VerificationStepInput], { description: 'In the order in which failover takes them; 1 to 10.' })
  steps!: VerificationStepInput[];
}

@InputType({ description: 'A step of a verification.' })
export class VerificationStepRefInput {
  @Field(() => ID, { description: 'The verification.' })
  verificationId!: string;

  @Field(() => Int, { nullable: true, description: 'Resend: default the current step. Failover: default the next.' })
  stepIndex?: number | null;
}

@InputType({ description: 'A verification to be ended.' })
export class CancelVerificationInput {
  @Field(() => ID, { description: 'The verification.' })
  verificationId!: string;
}
