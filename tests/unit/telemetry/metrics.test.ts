import { expect, test } from 'vitest';
import type { QueueState } from '../../../src/telemetry/gauges.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import { sampleIn } from '../../support/metrics.js';

const QUEUE: QueueState = { queue: 'q', waiting: 3, oldestSeconds: 1.5 };

test('the queues are read every five seconds at most, however often Prometheus asks', async () => {
  let now = 0;
  let reads = 0;
  const metrics = createMetrics(() => now);
  metrics.watchQueues(async () => {
    reads += 1;
    return [{ ...QUEUE, waiting: reads }];
  });
  for (const at of [0, 1_000, 4_999]) {
    now = at;
    expect(sampleIn(await metrics.text(), 'gateway_queue_waiting', { queue: 'q' })).toBe(1);
  }
  now = 5_000;
  const text = await metrics.text();
  expect(sampleIn(text, 'gateway_queue_waiting', { queue: 'q' })).toBe(2);
  expect(sampleIn(text, 'gateway_queue_oldest_seconds', { queue: 'q' })).toBe(1.5);
});

test('a database that is down leaves the queues out, and everything else in', async () => {
  let now = 0;
  let isDown = false;
  const metrics = createMetrics(() => now);
  metrics.watchQueues(async () => {
    if (isDown) throw new Error('down');
    return [QUEUE];
  });
  expect(await metrics.text()).toContain('gateway_queue_waiting{queue="q"} 3');
  isDown = true;
  now = 10_000;
  const text = await metrics.text();
  expect(text).not.toContain('queue="q"');
  expect(text).toContain('process_cpu_user_seconds_total');
});

test('a database that went silent keeps no scrape beyond two seconds, is asked once, and is told again when it is back', async () => {
  let now = 0;
  let reads = 0;
  let answer = (_queues: readonly QueueState[]): void => {};
  const metrics = createMetrics(() => now);
  metrics.watchQueues(() => {
    reads += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  metrics.watchWebhooks(() => new Promise(() => {}));
  metrics.watchReplica({ isUp: () => true, lag: () => new Promise(() => {}) });
  for (now of [0, 5_000, 60_000]) {
    const begun = performance.now();
    const text = await metrics.text();
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(text).not.toMatch(/^gateway_(queue|webhook|replica_lag)_\w+\{?.* \d/m);
    expect(text).toContain('process_cpu_user_seconds_total');
    expect(text).toMatch(/^gateway_replica_up 1$/m);
  }
  expect(reads).toBe(1);
  answer([QUEUE]);
  await new Promise(setImmediate);
  now = 65_000;
  const back = metrics.text();
  await new Promise(setImmediate);
  expect(reads).toBe(2);
  answer([QUEUE]);
  expect(sampleIn(await back, 'gateway_queue_waiting', { queue: 'q' })).toBe(3);
});

test('a workspace that publishes names without end adds no more than two hundred series', async () => {
  const metrics = createMetrics();
  for (let index = 0; index < 1_000; index += 1) metrics.request(`Operation${index}`, 'OK', 0.01);
  const text = await metrics.text();
  expect(new Set(text.match(/operation="[^"]+"/g)).size).toBe(201);
  expect(sampleIn(text, 'gateway_request_duration_seconds_count', { operation: 'other', outcome: 'OK' })).toBe(800);
});

test('a breaker is told as a number that an alert can compare', async () => {
  const metrics = createMetrics();
  metrics.watchBreakers(() => [
    { provider: 'a', state: 'CLOSED' },
    { provider: 'b', state: 'HALF_OPEN' },
    { provider: 'c', state: 'OPEN' },
  ]);
  const text = await metrics.text();
  const values = ['a', 'b', 'c'].map((provider) => sampleIn(text, 'gateway_provider_breaker', { provider }));
  expect(values).toEqual([0, 1, 2]);
});

test('the delay of the event loop is among what every process tells', () => {
  expect(createMetrics().names()).toContain('nodejs_eventloop_lag_p99_seconds');
});

test('a replica is told by whether it answers and how far it is behind; without one there is no sample', async () => {
  expect(await createMetrics().text()).not.toMatch(/^gateway_replica_\w+ /m);
  let now = 0;
  let isUp = true;
  const metrics = createMetrics(() => now);
  metrics.watchReplica({
    isUp: () => isUp,
    lag: async () => {
      if (!isUp) throw new Error('away');
      return 7.5;
    },
  });
  const up = await metrics.text();
  expect(sampleIn(up, 'gateway_replica_up', {})).toBe(1);
  expect(sampleIn(up, 'gateway_replica_lag_seconds', {})).toBe(7.5);
  isUp = false;
  now = 5_000;
  const away = await metrics.text();
  expect(away).toMatch(/^gateway_replica_up 0$/m);
  expect(away).not.toMatch(/^gateway_replica_lag_seconds /m);
});
