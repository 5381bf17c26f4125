/** What a process does with the signals that ask it to stop while nothing else of it listens to them. */
import { constants } from 'node:os';

/** Ends the process at SIGINT or SIGTERM, as the kernel does for every process but the first of a container. */
export function endAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  }
}
