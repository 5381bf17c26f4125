import { defineEntity, p } from '@mikro-orm/core';
import type { ContactKind } from '../kernel/contact.js';
import { worldKey } from './columns.js';

export const CHANNELS = ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What a message by this channel goes to. */
export const contactKindOf = (channel: Channel): ContactKind => (channel === 'EMAIL' ? 'EMAIL' : 'PHONE');

export const STEP_STATUSES = ['PENDING', 'QUEUED', 'SENT', 'DELIVERED', 'FAILED', 'SKIPPED'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** Slots of a message that a caller may fill; which of them exist depends on the channel. */
export interface StepContent {
  /** With `{otp}` and `{app}`, for channels other than email. */
  readonly customMessage?: string;
  readonly senderId?: string;
  /** Texts, color and logo of an email, as `messages/email-content` checked them. */
  readonly email?: object;
}

/** One way in which a verification's code travels: a channel, a recipient and the provider that carries it. */
export const VerificationStep = defineEntity({
  name: 'VerificationStep',
  tableName: 'verification_step',
  indexes: [
    // A vendor's report brings its id before anybody knows the workspace; the step tells it.
    {
      name: 'verification_step_provider_ref_index',
      expression:
        'create index "verification_step_provider_ref_index" on "verification_step" ("provider", "provider_ref") where "provider_ref" is not null',
    },
  ],
  checks: [
    { name: 'verification_step_index_check', expression: '"index" >= 0 and "index" <= 9' },
    { name: 'verification_step_sends_check', expression: '"sends" >= 0' },
  ],
  properties: {
    ...worldKey,
    verificationId: p.uuid().primary(),
    index: p.smallint().primary(),
    channel: p.enum(CHANNELS),
    recipient: p.string().length(254),
    /** What the recipient is compared by. */
    identity: p.string().length(254),
    /** Who took its last message, or is to take the next. */
    provider: p.string().length(50),
    /** The vendor's id of the last message, or of the verification that it holds. */
    providerRef: p.string().length(100).nullable(),
    /** Its ids of those before, where each has one: the codes of them all stay good. Carriers' are here, too, and not read. */
    earlierRefs: p.array().default([]),
    template: p.string().length(100).nullable(),
    /** What the caller put into the slots of its message: checked texts, never a code. */
    content: p.json<StepContent>().nullable(),
    status: p.enum(STEP_STATUSES).default('PENDING'),
    sends: p.smallint().default(0),
    /** How many of them a vendor reported as undelivered. */
    lost: p.smallint().default(0),
    /** Which of them nobody is heard about any more: a final report came, or another provider took the step over since. */
    reported: p.array().columnType('smallint[]').default([]),
    failureReason: p.string().length(200).nullable(),
    sentAt: p.datetime(3).nullable(),
    deliveredAt: p.datetime(3).nullable(),
  },
});
