/**
 * The load generator, a process of its own: a fixed number of connections, each asking its next operation as soon as
 * the last one is answered. Every answer is parsed and judged.
 */
import { Client } from 'undici';
import type { Customer, Step, Workload } from './contender.ts';
import { contenderNamed } from './contenders.ts';

/** One run, told by the parent process. */
export interface LoadOrder {
  contender: string;
  workload: Workload;
  baseUrl: string;
  credential: string;
  /** Taken in turn, from the start again where there are fewer than operations. */
  customers: Customer[];
  operations: number;
  connections: number;
  /** No operation starts after this time. */
  maxSeconds: number;
}

/** What came of a run. */
export interface LoadReport {
  operations: number;
  seconds: number;
  /** Microseconds that the load generator itself used. */
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
  failed: number;
  /** The first few wrong answers, in words. */
  failures: string[];
}

process.on('message', async (order: LoadOrder) => {
  process.send?.(await run(order));
});

async function run(order: LoadOrder): Promise<LoadReport> {
  const contender = contenderNamed(order.contender);
  const steps = contender.workloads[order.workload] ?? [];
  const headers = contender.headers(order.credential);
  const latencies: number[] = [];
  const failures: string[] = [];
  let failed = 0;
  let next = 0;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const deadline = started + order.maxSeconds * 1000;

  async function connect(): Promise<void> {
    const client = new Client(order.baseUrl, { pipelining: 1 });
    while (next < order.operations && performance.now() < deadline) {
      const customer = order.customers[next++ % order.customers.length];
      if (!customer) break;
      const begun = performance.now();
      const failure = await perform(client, headers, steps, customer).catch(String);
      latencies.push(performance.now() - begun);
      if (failure === undefined) continue;
      failed += 1;
      if (failures.length < 3) failures.push(failure);
    }
    await client.close();
  }

  await Promise.all(Array.from({ length: order.connections }, connect));
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  latencies.sort((a, b) => a - b);
  const quantile = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
  return {
    operations: latencies.length,
    seconds,
    cpuUs: cpu.user + cpu.system,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    failed,
    failures,
  };
}

/** One operation; the answer says what was wrong with it, or nothing. */
async function perform(
  client: Client,
  headers: Record<string, string>,
  steps: Step[],
  customer: Customer,
): Promise<string | undefined> {
  let previous: unknown;
  for (const step of steps) {
    const { method, path, body } = step.request(customer, previous);
    const answer = await client.request({ method, path, headers, body: body ?? null });
    const text = await answer.body.text();
    const parsed: unknown = JSON.parse(text);
    if (answer.statusCode !== 200 || !step.accepts(parsed, customer)) {
      return `${method} ${path} for ${customer.id} answered ${answer.statusCode}: ${text.slice(0, 500)}`;
    }
    previous = parsed;
  }
  return undefined;
}
