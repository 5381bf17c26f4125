/** `node --import ./deploy/opentelemetry.mjs` against a collector that keeps what it is sent. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
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
