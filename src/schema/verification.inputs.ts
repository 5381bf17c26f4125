/** What sends, guesses and the steps of a verification are told. */
import { Field, ID, InputType, Int } from 'type-graphql';
import type { Channel as ChannelValue } from '../entities/verification-step.js';
import { Channel } from './enums.js';
import { EmailContentInput } from './message.types.js';
import { EmailAddress, Locale, PhoneNumber, Url } from './scalars.js';

/** What every send can be told. */
@InputType()
export abstract class SendInput {
  @Field(() => ID, { nullable: true, description: 'Secret keys name the customer; a customer is always themselves.' })
  customerId?: string | null;

  @Field(() => Locale, {
    nullable: true,
    description: "Default: the customer's, else that of the country of the first phone number, else the workspace's.",
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
