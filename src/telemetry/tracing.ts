/**
 * Spans, by the OpenTelemetry API alone: whoever wants them registers an SDK before the gateway is loaded
 * (`deploy/opentelemetry.mjs`). Without one a traced call is the call. Attributes after OpenTelemetry's semantic
 * conventions; none holds a contact, a code, a token, a value of a statement, or an error's message, which may.
 */
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

export { type Attributes, SpanKind };

/** Where a trace goes on in another process (W3C Trace Context). */
export interface TraceCarrier {
  readonly traceparent?: string;
}

const NAME = 'identity-gateway';
const NOT_TRACED: TraceCarrier = Object.freeze({});

let found: { readonly tracer: Tracer | undefined } | undefined;

/** The tracer of the SDK; undefined where none is registered. Looked for once, when the first span would begin. */
function tracerOf(): Tracer | undefined {
  found ??= { tracer: findTracer() };
  return found.tracer;
}

function findTracer(): Tracer | undefined {
  // The API hands out a tracer in any case, and one that does nothing makes objects for every span.
  const provider = trace.getTracerProvider() as TracerProvider & {
    getDelegateTracer?(name: string): Tracer | undefined;
  };
  return provider.getDelegateTracer ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
}

/** Whether anybody traces. What is worth an object only then asks this first. */
export const isTracing = (): boolean => tracerOf() !== undefined;

interface SpanTerms {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The carrier that it goes on from; by default the span under way. */
  readonly from?: TraceCarrier;
}

/** Does work within a span. What it throws is thrown, and told as no more than its kind. */
export async function traced<T>(name: string, terms: SpanTerms, work: () => Promise<T>): Promise<T> {
  const open = openSpan(name, terms);
  if (!open) return work();
  try {
    return await open.run(work);
  } catch (error) {
    open.fail(errorType(error));
    throw error;
  } finally {
    open.end();
  }
}

/** A span whose end is not the end of a function. */
export interface OpenSpan {
  /** Calls `work` with this span as the one under way. */
  run<T>(work: () => T): T;
  set(attributes: Attributes): void;
  fail(type: string): void;
  end(): void;
}

/** Begins a span; undefined where nobody traces. */
export function openSpan(name: string, { kind, attributes, from }: SpanTerms): OpenSpan | undefined {
  const tracer = tracerOf();
  if (!tracer) return undefined;
  const parent: Context = from ? propagation.extract(ROOT_CONTEXT, from) : context.active();
  const span: Span = tracer.startSpan(
    name,
    { ...(kind !== undefined && { kind }), ...(attributes && { attributes }) },
    parent,
  );
  return {
    run: (work) => context.with(trace.setSpan(parent, span), work),
    set: (more) => void span.setAttributes(more),
    fail(type) {
      span.setAttribute('error.type', type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** Adds to the span under way. */
export function describeSpan(attributes: Attributes): void {
  if (isTracing()) trace.getActiveSpan()?.setAttributes(attributes);
}

/** What a job takes with it, so that its span is of the trace of its request; nothing where nobody traces. */
export function traceCarrier(): TraceCarrier {
  if (!isTracing()) return NOT_TRACED;
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  // `tracestate` and baggage are others' to fill: a job rests in tables, and takes nothing that a caller wrote.
  return carrier.traceparent === undefined ? NOT_TRACED : { traceparent: carrier.traceparent };
}

const CODE = /^[A-Z][A-Z0-9_]{1,40}$|^[0-9A-Z]{5}$/;

/** An error code, an SQLSTATE or a class: of an error nothing else is sure to be nobody's secret. */
function errorType(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  return error instanceof Error ? error.constructor.name : typeof error;
}
