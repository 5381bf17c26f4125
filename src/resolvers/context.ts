/** What a resolver is given: who asks, and the use cases it may call. */
import type { Principal } from '../access/principal.js';
import type { AccessUseCases } from '../access/use-cases.js';
import type { CustomerUseCases } from '../customers/use-cases.js';
import type { EventUseCases } from '../events/use-cases.js';
import { GatewayError } from '../kernel/errors.js';
import type { OperationUseCases } from '../operations/use-cases.js';
import type { GuardContext } from '../schema/enforce-guards.js';
import type { SessionUseCases } from '../sessions/use-cases.js';
import type { VerificationUseCases } from '../verification/use-cases.js';

/** The use cases, bound to their dependencies once. */
export interface Gateway
  extends AccessUseCases,
    VerificationUseCases,
    CustomerUseCases,
    SessionUseCases,
    OperationUseCases,
    EventUseCases {}

export interface RequestContext extends GuardContext {
  readonly requestId: string;
  /** Of a request that is answered by a stream: aborted once nobody takes what it answers. */
  readonly signal?: AbortSignal;
  readonly gateway: Gateway;
}

/** The caller, whom the guard has admitted. */
export function callerOf(context: RequestContext): Principal {
  if (!context.principal) throw new GatewayError('UNAUTHENTICATED', 'A credential is needed.');
  return context.principal;
}
