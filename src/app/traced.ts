/** Spans at the seams where parts meet, so that none of the parts has to know that it is traced. */
import { aroundCalls } from '../providers/around-calls.js';
import type { Provider } from '../providers/provider.js';
import type { Gateway } from '../resolvers/context.js';
import { describeSpan, isTracing, SpanKind, traced } from '../telemetry/tracing.js';

type UseCase = (...args: unknown[]) => unknown;

/** Opens a sequence, and ends with the stream that it is for. */
const UNTRACED = ['watchVerification'];

/** The same use cases, each within a span of its name. */
export function traceUseCases(gateway: Gateway): Gateway {
  if (!isTracing()) return gateway;
  const within = Object.entries(gateway as unknown as Record<string, UseCase>).map(([name, useCase]) => {
    if (UNTRACED.includes(name)) return [name, useCase];
    const attributes = { 'code.function.name': name };
    const run = (...args: unknown[]) =>
      traced(name, { attributes }, async () => {
        const result = await useCase(...args);
        const { outcome, code } = (result ?? {}) as { outcome?: unknown; code?: unknown };
        if (typeof outcome === 'string') {
          describeSpan({ 'gateway.outcome': outcome === 'REFUSED' && typeof code === 'string' ? code : outcome });
        }
        return result;
      });
    return [name, run];
  });
  return Object.fromEntries(within) as Gateway;
}

/** The same provider, whose calls are spans. No header of a trace goes out with them: it is no vendor's business. */
export function traceProvider(provider: Provider): Provider {
  if (!isTracing()) return provider;
  const attributes = { 'gateway.provider.name': provider.name, 'gateway.mode': provider.mode };
  const terms = { kind: SpanKind.CLIENT, attributes };
  return aroundCalls(
    provider,
    (call, name) => (asked, signal) => traced(`${name} ${provider.name}`, terms, () => call(asked, signal)),
  );
}
