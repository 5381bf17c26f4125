/** Counting at the seams where parts meet, so that none of the parts has to know that it is counted. */
import type { RateLimiter } from '../access/rate-limiter.js';
import { countryOf } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { type DeliveryProvider, ProviderError } from '../providers/provider.js';
import type { Gateway } from '../resolvers/context.js';
import type { Metrics } from '../telemetry/metrics.js';

/** The same provider, whose calls are counted. */
export function measureProvider(provider: DeliveryProvider, metrics: Pick<Metrics, 'message'>): DeliveryProvider {
  const { name, mode } = provider;
  return {
    ...provider,
    async deliver(message, signal) {
      const labels = { channel: message.channel, provider: name, mode, country: countryOf(message.recipient) };
      try {
        const delivery = await provider.deliver(message, signal);
        metrics.message({ ...labels, outcome: 'SENT' });
        return delivery;
      } catch (error) {
        const isFinal = error instanceof ProviderError && error.kind === 'FINAL';
        metrics.message({ ...labels, outcome: isFinal ? 'FAILED' : 'RETRY' });
        throw error;
      }
    },
  };
}

/** The same limiter, whose refusals are counted. */
export function measureLimiter(limiter: RateLimiter, metrics: Pick<Metrics, 'limitHit'>): RateLimiter {
  return {
    async count(rule, subject) {
      try {
        await limiter.count(rule, subject);
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'RATE_LIMITED') metrics.limitHit(subject.field ?? 'other');
        throw error;
      }
    },
  };
}

/** Use cases that end in a word. The answer of `sendConnectCode` is not among them: it is a decoy's too. */
const TOLD = [
  'sendVerification',
  'sendLink',
  'resendVerification',
  'failOverVerification',
  'cancelVerification',
  'confirmVerification',
  'confirmConnectCode',
  'refreshSession',
] as const;

type Told = { readonly outcome: string; readonly code?: string };

/** The same use cases, whose outcomes are counted. What is thrown is counted where errors leave the process. */
export function measureOutcomes(gateway: Gateway, metrics: Pick<Metrics, 'outcome'>): Gateway {
  const told = TOLD.map((name) => {
    const useCase = gateway[name] as (...args: unknown[]) => Promise<Told>;
    const measured = async (...args: unknown[]): Promise<Told> => {
      const result = await useCase(...args);
      metrics.outcome(name, result.code ?? result.outcome);
      return result;
    };
    return [name, measured];
  });
  return { ...gateway, ...Object.fromEntries(told) };
}
