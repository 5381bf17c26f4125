/** CPU time of processes, read from /proc so that nothing is added to the servers; undefined where there is no /proc. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

interface Times {
  name: string;
  parent: number;
  ownTicks: number;
  endedChildrenTicks: number;
}

/** Microseconds of CPU that a process, all its threads included, has used so far. */
export function processCpu(pid: number): number | undefined {
  const times = timesOf(pid);
  return times && times.ownTicks * microsecondsPerTick();
}

/** The same for a whole PostgreSQL, found by one of its backends; undefined where it runs on another machine. */
export function postgresCpu(backendPid: number): number | undefined {
  const backend = timesOf(backendPid);
  if (!backend?.name.startsWith('postgres')) return undefined;
  const server = timesOf(backend.parent);
  if (!server) return undefined;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => timesOf(Number(name)))
    .filter((times) => times?.parent === backend.parent);
  const ticks = children.reduce((sum, times) => sum + (times?.ownTicks ?? 0), 0);
  return (server.ownTicks + server.endedChildrenTicks + ticks) * microsecondsPerTick();
}

/** The same for everything that runs on this machine. */
export function machineCpu(): number {
  const busyMs = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  return busyMs * 1000;
}

function timesOf(pid: number): Times | undefined {
  try {
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    // Counted from the field after the name: state, ppid, …, utime stime cutime cstime.
    const fields = rest.split(' ').map(Number);
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
    return {
      name,
      parent: fields[1] ?? 0,
      ownTicks: user + system,
      endedChildrenTicks: childrenUser + childrenSystem,
    };
  } catch {
    return undefined;
  }
}

let tick: number | undefined;

function microsecondsPerTick(): number {
  tick ??= 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return tick;
}
