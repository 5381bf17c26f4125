/** The use cases of verification, bound to their dependencies once. */
import type { Principal, World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Database } from '../entities/database.js';
import type { Page, PageRequest } from '../kernel/cursor.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { CallbackRequest } from '../providers/callback.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { createAccept } from './accept.js';
import { type ConfirmInput, type Confirming, type ConfirmOutcome, confirmVerification } from './confirm.js';
import { failOverVerification, type StepRef } from './fail-over.js';
import { listVerifications, type VerificationFilter } from './list.js';
import { listSteps } from './read.js';
import { type CallbackOutcome, receiveCallback } from './receive-callback.js';
import type { StepRecord, VerificationRecord } from './record.js';
import { cancelVerification, resendVerification } from './resend.js';
import { type SendInput, type SendOutcome, sendVerification } from './send.js';
import { findVerification } from './store.js';

export interface VerificationUseCases {
  sendVerification(principal: Principal, input: SendInput): Promise<SendOutcome>;
  confirmVerification(world: Confirming, input: ConfirmInput): Promise<ConfirmOutcome>;
  resendVerification(world: World, ref: StepRef): Promise<SendOutcome>;
  failOverVerification(world: World, ref: StepRef): Promise<SendOutcome>;
  cancelVerification(world: World, ref: Omit<StepRef, 'stepIndex'>): Promise<SendOutcome>;
  findVerification(world: World, id: string): Promise<VerificationRecord | undefined>;
  listVerifications(world: World, filter: VerificationFilter, page: PageRequest): Promise<Page<VerificationRecord>>;
  listSteps(world: World, verificationId: string): Promise<StepRecord[]>;
  receiveCallback(provider: string, request: CallbackRequest, requestId: string): Promise<CallbackOutcome>;
}

export interface VerificationDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codeKeys: KeyRing;
  readonly userTokenKeys: KeyRing;
  readonly providers: ProviderRegistry;
}

export function bindVerification(deps: VerificationDeps): VerificationUseCases {
  const { pool } = deps.database;
  const send = { ...deps, accept: createAccept(deps.database, deps.outbox) };
  return {
    sendVerification: (principal, input) => sendVerification(send, principal, input),
    confirmVerification: (world, input) => confirmVerification(deps, world, input),
    resendVerification: (world, ref) => resendVerification(deps, world, ref),
    failOverVerification: (world, ref) => failOverVerification(deps, world, ref),
    cancelVerification: (world, ref) => cancelVerification(deps, world, ref),
    findVerification: (world, verificationId) => findVerification(pool, world, { verificationId }),
    listVerifications: (world, filter, page) => listVerifications(pool, world, filter, page),
    listSteps: (world, verificationId) => listSteps(pool, world, verificationId),
    receiveCallback: (provider, request, requestId) => receiveCallback(deps, provider, request, requestId),
  };
}
