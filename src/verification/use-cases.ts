/** The use cases of verification, bound to their dependencies once. */
import type { Principal, Reach } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Database } from '../entities/database.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import { createTurns } from '../kernel/in-turn.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { CallbackRequest } from '../providers/callback.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Metrics } from '../telemetry/metrics.js';
import { createAccept } from './accept.js';
import { type CancelOutcome, cancelVerification } from './cancel.js';
import { type ConfirmInput, type Confirming, type ConfirmOutcome, confirmVerification } from './confirm.js';
import { failOverVerification, type StepRef } from './fail-over.js';
import { findVerification } from './find.js';
import { type Click, followLink, type LinkPage, openLink } from './follow-link.js';
import { listVerifications, type VerificationFilter } from './list.js';
import { createStepLister, type StepLister } from './read.js';
import { type CallbackOutcome, receiveCallback } from './receive-callback.js';
import type { VerificationRecord } from './record.js';
import { resendVerification } from './resend.js';
import { type SendInput, type SendOutcome, sendVerification } from './send.js';
import type { SendCaps } from './send-caps.js';
import { type SendLinkInput, sendLink } from './send-link.js';
import { unblockContact } from './unblock-contact.js';
import type { VerificationWatch } from './watch.js';

export interface VerificationUseCases {
  sendVerification(principal: Principal, input: SendInput): Promise<SendOutcome>;
  sendLink(principal: Principal, input: SendLinkInput): Promise<SendOutcome>;
  /** What the token of a link opens, or undefined for one that the gateway did not make. Spends nothing. */
  openLink(token: string): Promise<LinkPage | undefined>;
  /** The person's click. */
  followLink(token: string): Promise<Click | undefined>;
  confirmVerification(reach: Confirming, input: ConfirmInput): Promise<ConfirmOutcome>;
  resendVerification(principal: Principal, ref: StepRef): Promise<SendOutcome>;
  failOverVerification(principal: Principal, ref: StepRef): Promise<SendOutcome>;
  cancelVerification(reach: Reach, ref: Pick<StepRef, 'verificationId' | 'requestId'>): Promise<CancelOutcome>;
  unblockContact(principal: Principal, value: string): Promise<boolean>;
  findVerification(reach: Reach, id: string): Promise<VerificationRecord | undefined>;
  listVerifications(reach: Reach, filter: VerificationFilter, page: PageRequest): Promise<Page<VerificationRecord>>;
  listSteps: StepLister;
  watchVerification: VerificationWatch['open'];
  receiveCallback(provider: string, request: CallbackRequest, requestId: string): Promise<CallbackOutcome>;
}

export interface VerificationDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codeKeys: KeyRing;
  readonly linkKeys: KeyRing;
  readonly userTokenKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly sendCaps: SendCaps;
  readonly metrics: Pick<Metrics, 'verified'>;
  readonly watch: VerificationWatch;
}

export function bindVerification(deps: VerificationDeps): VerificationUseCases {
  const { pool, lists } = deps.database;
  const send = { ...deps, accept: createAccept(deps.database, deps.outbox), inTurn: createTurns() };
  return {
    sendVerification: (principal, input) => sendVerification(send, principal, input),
    sendLink: (principal, input) => sendLink(send, principal, input),
    openLink: (token) => openLink(deps, token),
    followLink: (token) => followLink(deps, token),
    confirmVerification: (reach, input) => confirmVerification(deps, reach, input),
    resendVerification: (principal, ref) => resendVerification(deps, principal, ref),
    failOverVerification: (principal, ref) => failOverVerification(deps, principal, ref),
    cancelVerification: (reach, ref) => cancelVerification(deps, reach, ref),
    unblockContact: (principal, value) => unblockContact(deps.database, principal, value),
    findVerification: (reach, verificationId) => findVerification(pool, reach, { verificationId }),
    listVerifications: (reach, filter, page) => listVerifications(lists, reach, filter, page),
    listSteps: createStepLister(pool),
    watchVerification: deps.watch.open,
    receiveCallback: (provider, request, requestId) => receiveCallback(deps, provider, request, requestId),
  };
}
