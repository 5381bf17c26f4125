/** Counting at the seams where parts meet, so that none of the parts has to know that it is counted. */
import type { RateLimiter } from '../access/rate-limiter.js';
import type { Replica } from '../entities/lists.js';
import { countryOf } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { type Asked, aroundCalls, type CallName } from '../providers/around-calls.js';
import { type Provider, ProviderError } from '../providers/provider.js';
import type { Gateway } from '../resolvers/context.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics.js';

/** A guess and the news of an end are no messages. */
const SEND_NOTHING: readonly CallName[] = ['check', 'cancel'];

/** The same provider, whose messages are counted: those that it carries, and the codes and links of its own that it sends. */
export function measureProvider(provider: Provider, metrics: Pick<Metrics, 'message'>): Provider {
  const { name, mode } = provider;
  async function measured<T>({ channel, recipient }: Asked, call: Promise<T>): Promise<T> {
    const labels = { channel, provider: name, mode, country: countryOf(recipient) };
    try {
      const result = await call;
      metrics.message({ ...labels, outcome: 'SENT' });
      return result;
    } catch (error) {
      const isFinal = error instanceof ProviderError && error.kind === 'FINAL';
      metrics.message({ ...labels, outcome: isFinal ? 'FAILED' : 'RETRY' });
      throw error;
    }
  }
  return aroundCalls(provider, (call, name) =>
    SEND_NOTHING.includes(name) ? call : (asked, signal) => measured(asked, call(asked, signal)),
  );
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

/** Counts where lists are read, and says when that changes. */
export function measureReplica(
  replica: Replica,
  metrics: Pick<Metrics, 'listRead' | 'watchReplica'>,
  logger: Pick<Logger, 'info' | 'warn'>,
): void {
  metrics.watchReplica({ isUp: replica.isUp, lag: replica.lag });
  replica.watch({
    read: metrics.listRead,
    away: (error) =>
      logger.warn({ err: error }, 'the replica does not answer: lists are read on the primary meanwhile'),
    back: () => logger.info('the replica answers again: lists are read there'),
  });
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
