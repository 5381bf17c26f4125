/** What a provider is to the gateway: one that carries its code, or one that holds a code of its own. */
import type { Channel } from '../entities/verification-step.js';
import type { Mode } from '../kernel/world.js';
import type { CallbackReader } from './callback.js';
import type { Capabilities } from './capabilities.js';

export { ProviderError } from './fault.js';

interface ProviderCommon {
  /** As settings and `steps { provider }` say it. */
  readonly name: string;
  readonly mode: Mode;
  readonly capabilities: Capabilities;
  /** Calls that its client makes at once: more would queue in there. Absent: as many as there are. */
  readonly concurrency?: number;
  /** Reads the vendor's calls to `/callbacks/<name>`; absent where it makes none. */
  readonly callbacks?: CallbackReader;
  /**
   * Asks whether it can be reached and takes the credentials; sends nothing.
   * @throws {ProviderError}
   */
  probe(signal: AbortSignal): Promise<void>;
  /** Releases connections. */
  close(): Promise<void>;
}

/** Carries a code, or a link, that the gateway holds. */
export interface DeliveryProvider extends ProviderCommon {
  readonly custody: 'GATEWAY';
  /** @throws {ProviderError} */
  deliver(message: OutboundMessage, signal: AbortSignal): Promise<Delivery>;
}

/**
 * Makes, sends and checks a code of its own; attempts and expiry of the gateway stand on top of it. A method that is
 * absent is a thing that the vendor cannot do: none ever answers that it is not supported.
 */
export interface VerificationProvider extends ProviderCommon {
  readonly custody: 'PROVIDER';
  /** How the vendor finds a verification: by an id of its own, without which it cannot be asked, or by whom it is for. */
  readonly knownBy: 'ID' | 'RECIPIENT';
  /** Makes and sends a code. @throws {ProviderError} */
  start(request: StartRequest, signal: AbortSignal): Promise<Started>;
  /** Compares a guess. An outage is no answer about the guess. @throws {ProviderError} */
  check(request: CheckRequest, signal: AbortSignal): Promise<CheckResult>;
  /** Sends the code of a verification again. Absent: `start` is called again. @throws {ProviderError} */
  resend?(request: StartRequest & UpstreamStepRef, signal: AbortSignal): Promise<Started>;
  /**
   * Goes on to another step of a verification that `start` was told of, with the same code and the same count of guesses.
   * Absent: each step is a verification of its own. @throws {ProviderError}
   */
  failOver?(request: StartRequest & UpstreamStepRef, signal: AbortSignal): Promise<Started>;
  /**
   * Mails a link of the vendor's that leads on to the gateway's. The gateway's own is the proof; what the vendor says of
   * its link is none. Absent: links go by others. @throws {ProviderError}
   */
  sendLink?(request: LinkRequest, signal: AbortSignal): Promise<void>;
  /** Makes the code good for nothing. @throws {ProviderError} */
  cancel?(ref: UpstreamRef, signal: AbortSignal): Promise<void>;
}

export type Provider = DeliveryProvider | VerificationProvider;

/** A rendered message on its way to one recipient. */
export interface OutboundMessage {
  /** The same for every try of one send: a provider that knows idempotency sends it once. */
  readonly id: string;
  /** What the vendor is to say in its reports about this message; absent where nobody reads them. */
  readonly reference?: string;
  readonly channel: Channel;
  /** One address or number, already parsed. */
  readonly recipient: string;
  readonly senderName: string;
  /** Empty where the channel has none. */
  readonly subject: string;
  readonly text: string;
  /** The code that the text holds, for vendors that put it into a template of theirs. */
  readonly code?: string;
  readonly html?: string;
  /** Pictures that the HTML names as `cid:<cid>` (RFC 2392). */
  readonly attachments?: readonly { cid: string; filename: string; contentType: string; content: Buffer }[];
  /** What the text is in, for a voice that reads it: a language of the gateway's catalogs, or that of a caller's words. */
  readonly language?: string;
  /** What was asked for or chosen, for vendors that have words of their own: BCP 47. */
  readonly locale?: string;
  /** The name that a text message comes from, where the carrier allows one. */
  readonly senderId?: string;
}

/** How far the provider has taken the message: handed on, or known to have arrived. */
export interface Delivery {
  readonly status: 'SENT' | 'DELIVERED';
  /** The vendor's own id of the message, at most 100 characters. */
  readonly providerRef?: string;
}

/** Who is verified, for vendors that know people and not only addresses. */
export interface Subject {
  readonly platformCustomerId: string;
  /** Their primary email. */
  readonly email?: string;
  /** The access token of the workspace's identity provider that they called with. Neither logged nor told. */
  readonly userToken?: string;
}

/** A caller's texts and look for an email, checked before. */
export interface EmailTexts {
  readonly subject?: string;
  readonly senderName?: string;
  readonly headerText?: string;
  readonly bodyText?: string;
  readonly linkText?: string;
  readonly infoText?: string;
  readonly footerText?: string;
  readonly primaryColor?: string;
  readonly logo?: { readonly base64: string };
}

/** What a verification provider is asked to start. */
export interface StartRequest {
  /** The same for every try of one send. */
  readonly id: string;
  readonly channel: Channel;
  readonly recipient: string;
  /** BCP 47. */
  readonly locale: string;
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly appName: string;
  /** With `{otp}` and `{app}`, as the caller wrote it. */
  readonly customMessage?: string;
  readonly senderId?: string;
  readonly email?: EmailTexts;
  readonly subject: Subject;
  /** Channels of the steps that follow by the same provider to the same recipient, in their order. */
  readonly later?: readonly Channel[];
}

/** What a vendor is asked to mail a link with. */
export interface LinkRequest extends Pick<StartRequest, 'channel' | 'recipient' | 'appName' | 'email' | 'subject'> {
  /** The gateway's link, where the vendor's ends. It is a secret: whoever has it can verify the address. */
  readonly url: string;
  /** For vendors that keep a profile: whether this address takes the place of a verified primary one. */
  readonly updatePrimary: boolean;
}

export interface Started {
  /** The vendor's id of the verification, at most 100 characters; absent where it is known by its recipient. */
  readonly providerRef?: string;
}

/** Which of the vendor's verifications is meant: by its id, or by whom it went to. */
export interface UpstreamRef {
  readonly providerRef: string | undefined;
  readonly channel: Channel;
  readonly recipient: string;
  readonly subject: Subject;
}

/** One step of one of the vendor's verifications. */
export interface UpstreamStepRef extends UpstreamRef {
  /** From 0, as the vendor counts: the step that it was started with is the first. */
  readonly position: number;
}

export interface CheckRequest extends UpstreamRef {
  readonly code: string;
  /** For vendors that keep a profile: whether this contact takes the place of a verified primary one. */
  readonly updatePrimary: boolean;
}

/** `ENDED`: the vendor takes no guesses any more: expired, spent, or unknown to it. */
export type CheckResult = 'CORRECT' | 'INCORRECT' | 'ENDED';
