/** The load on all processes of a server at once. */
import { connectionsOf, isRead, type Workload } from './contender.ts';
import type { LoadReport } from './load.ts';
import type { Bench } from './prepare.ts';

/**
 * Each process is asked by its own generator, with its share of connections, operations and customers. Latencies are
 * those of the slowest.
 */
export async function runShares(
  { contender, options, servers, loads, fixture }: Bench,
  workload: Workload,
  first: number,
  operations: number,
): Promise<LoadReport> {
  const share = (whole: number) => Math.ceil(whole / servers.length);
  const edge = (index: number) => first + Math.floor((operations * index) / servers.length);
  const reports = await Promise.all(
    loads.map((load, index) => {
      const [from, until] = [edge(index), edge(index + 1)];
      return load.run({
        contender: contender.name,
        workload,
        baseUrl: servers[index]?.baseUrl ?? '',
        credential: (workload === 'connect' && fixture.pageCredential) || fixture.credential,
        customers: isRead(workload) ? fixture.readers : fixture.newcomers.slice(from, until),
        operations: until - from,
        connections: share(connectionsOf(workload, options.connections)),
        maxSeconds: options.seconds,
      });
    }),
  );
  const sum = (of: 'operations' | 'cpuUs' | 'failed') => reports.reduce((total, report) => total + report[of], 0);
  const most = (of: 'seconds' | 'p50Ms' | 'p99Ms') => Math.max(...reports.map((report) => report[of]));
  return {
    operations: sum('operations'),
    seconds: most('seconds'),
    cpuUs: sum('cpuUs'),
    p50Ms: most('p50Ms'),
    p99Ms: most('p99Ms'),
    failed: sum('failed'),
    failures: reports.flatMap(({ failures }) => failures),
  };
}
