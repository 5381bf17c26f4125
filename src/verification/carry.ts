/** Takes one message to a provider, and to the next one where that fails. */
import type { VerificationKind } from '../entities/verification.js';
import { asProviderError } from '../providers/fault.js';
import { type Delivery, type Provider, ProviderError } from '../providers/provider.js';
import type { Logger } from '../telemetry/logger.js';
import type { Change } from './step-store.js';

export interface Carriage {
  readonly kind: VerificationKind;
  /** Who has the step now. */
  readonly provider: string;
  /** In the order in which they are asked. */
  readonly carriers: readonly Provider[];
  /** Whether this message was tried before: by an earlier try of its job. */
  readonly isRepeated: boolean;
  readonly signal: AbortSignal;
  /** Bound to the request and the verification. */
  readonly logger: Logger;
  /** Has one of them send: the gateway's message, or a code of its own. @throws {ProviderError} */
  hand(provider: Provider, signal: AbortSignal): Promise<Delivery>;
  /** Writes down that another provider takes over. */
  takeOver(from: string, to: string): Promise<Change>;
}

/**
 * Whoever is refused, throttled or down is left for the next provider at once. Where it is not known whether the
 * message was taken, a provider that knows idempotency, or holds a code that nobody else has, is asked again first; of
 * any other the deadline has passed, and the person who waits is better off with two messages than with none.
 *
 * @returns who took it, why nobody did, or why the next one was not asked: see `Change`
 */
export async function carry(carriage: Carriage): Promise<Delivery | ProviderError | Exclude<Change, 'TAKEN'>> {
  const { kind: sent, carriers, isRepeated, signal, logger } = carriage;
  let holder = carriage.provider;
  let failure: ProviderError | undefined;
  for (const provider of carriers) {
    const change = provider.name === holder ? 'TAKEN' : await carriage.takeOver(holder, provider.name);
    if (change !== 'TAKEN') return change;
    holder = provider.name;
    try {
      return await carriage.hand(provider, signal);
    } catch (error) {
      const fault = asProviderError(error);
      const { kind, reason, cause } = fault;
      logger.warn({ err: cause, provider: provider.name, kind, reason }, 'delivery failed');
      // A later try may still succeed where any of them left that open.
      failure = failure && kind === 'FINAL' ? failure : fault;
      if (signal.aborted) return failure;
      if (kind === 'UNCLEAR' && isWorthRepeating(provider, sent) && !isRepeated) return fault;
    }
  }
  return failure ?? new ProviderError('RETRY', 'no provider of this channel is configured');
}

const isWorthRepeating = ({ capabilities, custody }: Provider, sent: VerificationKind): boolean =>
  capabilities.idempotent || (custody === 'PROVIDER' && sent === 'CODE');
