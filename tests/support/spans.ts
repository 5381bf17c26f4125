/** An OpenTelemetry SDK whose spans a test can look at. To be called before a gateway is started. */
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

export interface SpanView {
  readonly name: string;
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isFailed: boolean;
}

export interface Spans {
  /** Those that have ended, in that order. */
  all(): SpanView[];
  /** Everything that an exporter would be handed, as text. */
  text(): string;
}

export function recordSpans(): Spans {
  const exporter = new InMemorySpanExporter();
  // The API keeps the first that is registered, for the whole process.
  for (const api of [context, propagation, trace]) api.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  const finished = () => exporter.getFinishedSpans();
  return {
    all: () =>
      finished().map((span) => ({
        name: span.name,
        traceId: span.spanContext().traceId,
        id: span.spanContext().spanId,
        parentId: span.parentSpanContext?.spanId,
        attributes: span.attributes,
        isFailed: span.status.code === SpanStatusCode.ERROR,
      })),
    text: () =>
      JSON.stringify(
        finished().map(({ name, attributes, events, links, status }) => ({ name, attributes, events, links, status })),
      ),
  };
}
