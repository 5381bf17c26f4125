/** The use cases of connect and sessions, bound to their dependencies once. */
import type { LimitLedger } from '../access/limit-ledger.js';
import type { Principal } from '../access/principal.js';
import { type Clock, monotonicClock } from '../kernel/clock.js';
import { onBeat } from '../kernel/quantum.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type ConfirmConnectDeps, type ConfirmConnectInput, confirmConnectCode } from './confirm-connect.js';
import { createConnectGates } from './connect-gates.js';
import { type EndInput, endSession } from './end.js';
import { type RefreshDeps, refreshSession, type SessionOutcome } from './refresh.js';
import { type SendConnectDeps, type SendConnectInput, sendConnectCode } from './send-connect.js';

/**
 * Milliseconds of the beat that answers of connect leave on, counted from the moment they are begun. Longer than what
 * one takes on a machine that is not overloaded, so that all of them leave on the first.
 */
export const CONNECT_BEAT_MS = 50;

export interface SessionUseCases {
  /** Resolves to what the caller is told. */
  sendConnectCode(principal: Principal, input: SendConnectInput): Promise<boolean>;
  confirmConnectCode(principal: Principal, input: ConfirmConnectInput): Promise<SessionOutcome>;
  refreshSession(principal: Principal, refreshToken: string): Promise<SessionOutcome>;
  /** Resolves to how many sessions ended. */
  endSession(principal: Principal, input: EndInput): Promise<number>;
}

export interface SessionDeps extends Omit<SendConnectDeps, 'gates'>, ConfirmConnectDeps, RefreshDeps {
  readonly ledger: LimitLedger;
  readonly limitScale: number;
  readonly metrics: Pick<Metrics, 'verified' | 'gateClosed'>;
}

export function bindSessions(deps: SessionDeps, clock: Clock = monotonicClock): SessionUseCases {
  const send = { ...deps, gates: createConnectGates(deps.ledger, deps.limitScale, deps.metrics.gateClosed) };
  return {
    sendConnectCode: (principal, input) =>
      onBeat(CONNECT_BEAT_MS, clock, () => sendConnectCode(send, principal, input)),
    confirmConnectCode: (principal, input) =>
      onBeat(CONNECT_BEAT_MS, clock, () => confirmConnectCode(deps, principal, input)),
    refreshSession: (principal, refreshToken) => refreshSession(deps, principal, refreshToken),
    endSession: (principal, input) => endSession(deps.database, principal, input),
  };
}
