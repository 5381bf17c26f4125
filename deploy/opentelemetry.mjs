// Loaded before the gateway, it sends the gateway's spans to a collector by OTLP over HTTP:
//
//   npm install --save-prod @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources \
//     @opentelemetry/core @opentelemetry/context-async-hooks
//   node --import ./deploy/opentelemetry.mjs bin/gateway.js serve
//
// OTEL_EXPORTER_OTLP_ENDPOINT and the other settings of the exporter are those of OpenTelemetry. OTEL_SERVICE_NAME is
// `identity-gateway` unless it is set; OTEL_TRACES_SAMPLER_ARG is the part of all traces that is kept, from 0 to 1. One
// that is empty counts as absent, and what is no such number is said and ignored, as OpenTelemetry's specification of
// environment variables has it.
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const name = process.env.OTEL_SERVICE_NAME?.trim() || 'identity-gateway';
const given = process.env.OTEL_TRACES_SAMPLER_ARG?.trim() || '1';
// By its digits, because JavaScript reads 0x1 as 1.
const isPart = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) && Number(given) <= 1;
if (!isPart) {
  process.stderr.write('gateway: OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is ignored, all are kept\n');
}

const provider = new TracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': name })),
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(isPart ? Number(given) : 1) }),
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);

// The gateway ends by having nothing left to do; the last spans leave then.
process.once('beforeExit', () => provider.shutdown());
