/** A load of so many calls a second, whatever the answers do, and what a process holds meanwhile. */
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from './fleet.js';
import { sampleIn, scrape } from './metrics.js';
import type { Running } from './processes.js';

export interface Timed {
  /** When it was due, in milliseconds since the load began. */
  readonly at: number;
  /** Until its answer, in milliseconds since it was due: what waited for this process counts too. */
  readonly took: number;
}

/**
 * Begins a call whenever one is due, whether those before are answered or not.
 * @param beat called after each, with the time that it was due
 */
export async function steadily(
  perSecond: number,
  forMs: number,
  call: () => Promise<unknown>,
  beat: (at: number) => unknown = () => {},
): Promise<{ times: Timed[]; failures: unknown[] }> {
  const times: Timed[] = [];
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  const begun = performance.now();
  for (let at = 0; at < forMs; at += 1_000 / perSecond) {
    await pause(Math.max(0, begun + at - performance.now()));
    const going: Promise<void> = call()
      .then(
        () => void times.push({ at, took: performance.now() - begun - at }),
        (error) => void failures.push(error),
      )
      .finally(() => underWay.delete(going));
    underWay.add(going);
    beat(at);
  }
  await Promise.all(underWay);
  return { times, failures };
}

/** Calls a second that are answered when so many are asked at once. */
export async function capacityOf(lines: number, seconds: number, call: () => Promise<unknown>): Promise<number> {
  let done = 0;
  const begun = performance.now();
  const line = async () => {
    while (performance.now() - begun < seconds * 1_000) {
      await call();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: lines }, line));
  return (done / (performance.now() - begun)) * 1_000;
}

/** What could grow: in the process, in its PostgreSQL and in the queue. */
export const GAUGES = {
  memory: 'resident memory, MiB',
  external: 'memory outside the heap, MiB',
  handles: 'open files and sockets',
  sockets: 'sockets',
  connections: 'connections to PostgreSQL',
  lag: 'event-loop delay, p99, ms',
  waiting: 'jobs that wait or are under way',
} as const;

export type Gauges = Record<keyof typeof GAUGES, number>;

export async function gaugesOf(fleet: Fleet, { url, pid }: Running): Promise<Gauges> {
  const text = await scrape(url);
  const of = (name: string) => sampleIn(text, name, {});
  const [row] = await fleet.sql<{ connections: number; waiting: number }>(
    `select (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
       (select count(*)::int from pgboss.job where state in ('created', 'retry', 'active')
         and start_after <= now()) as waiting`,
  );
  return {
    memory: of('process_resident_memory_bytes') / 2 ** 20,
    external: of('nodejs_external_memory_bytes') / 2 ** 20,
    handles: of('process_open_fds'),
    sockets: socketsOf(pid),
    connections: row?.connections ?? Number.NaN,
    lag: of('nodejs_eventloop_lag_p99_seconds') * 1_000,
    waiting: row?.waiting ?? Number.NaN,
  };
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

/** The p99, and the interval in which it is with 95 %, by the order of the times (a binomial distribution). */
export function p99Of(times: readonly Timed[]): { p99: number; from: number; to: number } {
  const sorted = times.map(({ took }) => took).sort((left, right) => left - right);
  const spread = 1.96 * Math.sqrt(sorted.length * 0.99 * 0.01);
  const at = (rank: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(rank) - 1))] ?? Number.NaN;
  const rank = 0.99 * sorted.length;
  return { p99: at(rank), from: at(rank - spread), to: at(rank + spread) };
}
