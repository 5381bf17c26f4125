/** `node --import ./deploy/opentelemetry.mjs` against a collector that keeps what it is sent. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createCaller, type VerificationView } from '../support/caller.js';
import { startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
/** As much of OTLP's JSON as is looked at. */
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly name: string; readonly traceId: string; readonly parentSpanId?: string }[];
    }[];
  }[];
}

const exports: Export[] = [];
const collector = createServer(async (request, response) => {
  if (request.url === '/v1/traces') exports.push((await json(request)) as Export);
  response.setHeader('content-type', 'application/json').end('{}');
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const directory = mkdtempSync(join(tmpdir(), 'gateway-tracing-'));
afterAll(() => {
  collector.close();
  rmSync(directory, { recursive: true, force: true });
});

test('the file that is loaded before the gateway sends its spans to a collector, the last ones when it stops', async () => {
  await using gateway = await startProcess(['serve', '--json'], {
    GATEWAY_DATA_DIR: join(directory, 'data'),
    NODE_OPTIONS: '--import ./deploy/opentelemetry.mjs',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  });
  const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };
  const caller = createCaller(gateway.url, demo.secretKey);
  const { id } = await caller.createCustomer({ email: 'collected@example.com' });
  const sent = await caller.sendEmail(id);
  await waitFor('it is delivered', async () => {
    const { steps } = await caller.call<VerificationView>('verification', { id: sent.id });
    return steps[0]?.status === 'DELIVERED';
  });
  expect((await gateway.end()).code).toBe(0);

  const resources = exports.flatMap(({ resourceSpans }) => resourceSpans);
  expect(resources[0]?.resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'identity-gateway' },
  });
  const spans = resources.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const send = spans.find(({ name }) => name === 'sendVerification');
  const job = spans.find(({ name }) => name === 'process verification-deliver');
  expect(send).toBeDefined();
  expect(job?.traceId).toBe(send?.traceId);
  expect(JSON.stringify(exports)).not.toContain('collected@example.com');
});

describe('a setting of the file', () => {
  const SPAN = `(await import('@opentelemetry/api')).trace.getTracer('test').startSpan(process.argv[1]).end()`;
  let runs = 0;

  /** Makes one span under the settings: of which service it reached the collector, and what was said. */
  async function traced(settings: Record<string, string>) {
    const span = `span ${runs++}`;
    const args = ['--import', './deploy/opentelemetry.mjs', '--input-type=module', '--eval', SPAN, span];
    const env = {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      ...settings,
    };
    const { stderr } = await promisify(execFile)(process.execPath, args, { env });
    const resource = exports
      .flatMap(({ resourceSpans }) => resourceSpans)
      .find(({ scopeSpans }) => scopeSpans.some(({ spans }) => spans.some(({ name }) => name === span)))?.resource;
    return { service: resource?.attributes.find(({ key }) => key === 'service.name')?.value.stringValue, stderr };
  }

  test.each(['', ' '])('that is %j, as env files write it, is absent: traces are kept, under a name', async (blank) => {
    const empty = { OTEL_SERVICE_NAME: blank, OTEL_TRACES_SAMPLER_ARG: blank };
    expect(await traced(empty)).toEqual({ service: 'identity-gateway', stderr: '' });
  });

  test.each(['half', '50%', '0,5', '-1', '1.1', '0x0', 'NaN'])(
    'that is %j, which is no part of all traces, is said and ignored',
    async (part) => {
      const stderr = 'gateway: OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is ignored, all are kept\n';
      expect(await traced({ OTEL_TRACES_SAMPLER_ARG: part })).toEqual({ service: 'identity-gateway', stderr });
    },
  );

  test('that is well-formed holds', async () => {
    expect(await traced({ OTEL_TRACES_SAMPLER_ARG: '0' })).toEqual({ service: undefined, stderr: '' });
    const named = { OTEL_SERVICE_NAME: 'shop', OTEL_TRACES_SAMPLER_ARG: '1.0' };
    expect(await traced(named)).toEqual({ service: 'shop', stderr: '' });
  });
});
