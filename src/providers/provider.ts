/** What a provider is to the gateway. */
import type { Mode } from '../entities/columns.js';
import type { Channel } from '../entities/verification-step.js';

/** A rendered message on its way to one recipient. */
export interface OutboundMessage {
  /** The same for every try of one send: a provider that knows idempotency sends it once. */
  readonly id: string;
  readonly channel: Channel;
  /** One address or number, already parsed. */
  readonly recipient: string;
  readonly senderName: string;
  /** Empty where the channel has none. */
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Pictures that the HTML names as `cid:<cid>` (RFC 2392). */
  readonly attachments?: readonly { cid: string; filename: string; contentType: string; content: Buffer }[];
  /** What the text is in, for a voice that reads it: BCP 47. */
  readonly language?: string;
  /** The name that a text message comes from, where the carrier allows one. */
  readonly senderId?: string;
}

/** How far the provider has taken the message: handed on, or known to have arrived. */
export type Delivery = 'SENT' | 'DELIVERED';

/** Carries a code that the gateway holds. */
export interface DeliveryProvider {
  readonly name: string;
  readonly channels: readonly Channel[];
  readonly mode: Mode;
  /** @throws {ProviderError} */
  deliver(message: OutboundMessage, signal: AbortSignal): Promise<Delivery>;
  /** Releases connections. */
  close(): Promise<void>;
}

/**
 * A provider could not do what it was asked.
 * `RETRY`: another try may succeed. `FINAL`: this recipient will never be reached this way.
 * `reason` goes into the step's `failureReason`: the gateway's own words, nothing of the provider's answer.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  constructor(
    readonly kind: 'RETRY' | 'FINAL',
    readonly reason: string,
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}
