/** A verification that was planned and is written nowhere yet. */
import type { World } from '../access/principal.js';
import type { Channel, StepContent } from '../entities/verification-step.js';
import type { ContactKind } from '../kernel/contact.js';
import type { Sealed } from '../kernel/seal.js';
import type { TraceCarrier } from '../telemetry/tracing.js';

/** A step that was planned: who carries a code to whom. */
export interface NewStep {
  readonly channel: Channel;
  readonly recipient: string;
  readonly identity: string;
  readonly provider: string;
  readonly template: string;
  readonly content: StepContent | null;
}

/** What travels with a link from the send to the click. */
export interface LinkTerms {
  /** An entry of the workspace's list. */
  readonly redirectUri: string;
  /** Whether a verified primary contact gives way. */
  readonly updatePrimary: boolean;
}

/** With all that its rows hold. */
export interface NewVerification extends TraceCarrier {
  readonly world: World;
  readonly requestId: string;
  readonly id: string;
  readonly customerId: string;
  readonly contactKind: ContactKind;
  readonly locale: string;
  /** Whether the caller named it. */
  readonly isLocaleNamed: boolean;
  /** Of a verification by link; absent for one by code. */
  readonly link?: LinkTerms | undefined;
  /** 0 for a link. */
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly codeKeyId: string;
  /** In the order in which failover takes them; the first is sent. */
  readonly steps: readonly NewStep[];
  /** The user's token for vendors that want it, sealed. */
  readonly grant?: Sealed | undefined;
  /** Expired from the start: what a magic recipient of test mode asks for. */
  readonly isExpired: boolean;
  /** The caller's own name for this send, and what it stands for; both hashed. */
  readonly idempotency: { readonly key: Buffer; readonly inputHash: Buffer } | undefined;
}
