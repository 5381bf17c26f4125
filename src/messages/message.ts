/** What is to be said, and what comes out. */
import type { Channel } from '../entities/verification-step.js';
import type { EmailContent } from './email-content.js';
import type { ImageType } from './image-size.js';
import type { Segmentation } from './segments.js';

interface Told {
  /** BCP 47. */
  readonly locale: string;
  readonly appName: string;
  /** For emails; other channels have no use for it. */
  readonly content?: EmailContent | undefined;
}

/** A code on its way. */
export interface CodeMessage extends Told {
  readonly kind: 'code';
  readonly channel: Channel;
  readonly code: string;
  /** Whole minutes that it is good for; of less than one nothing is said. */
  readonly minutes: number;
  /** Instead of the gateway's words, on every channel but email. */
  readonly customMessage?: string | undefined;
  /** Ends a text message with `@domain #code`, which phones fill in on that site. */
  readonly autofillDomain?: string | undefined;
}

/** A link to the landing page. */
export interface LinkMessage extends Told {
  readonly kind: 'link';
  readonly channel: 'EMAIL';
  readonly url: string;
  /** As of a code. */
  readonly minutes: number;
}

/** To the old address or number, once another one is the primary contact. */
export interface NoticeMessage extends Told {
  readonly kind: 'notice';
  readonly channel: Channel;
}

export type MessageInput = CodeMessage | LinkMessage | NoticeMessage;

/** A picture inside an email, which the page names as `cid:<cid>` (RFC 2392). */
export interface RelatedPart {
  readonly cid: string;
  readonly filename: string;
  readonly contentType: ImageType;
  readonly content: Buffer;
}

export interface RenderedMessage {
  /** What the words are in: a language of the catalogs, and of a caller's text message or call that of its locale. */
  readonly language: string;
  /** Whom an email comes from by name. */
  readonly senderName: string;
  /** Empty where the channel has none. */
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly RelatedPart[];
  /** Of a text message. */
  readonly segments?: Segmentation;
}
