/** All streams that are open in this process: their signs of life, their credentials, and their end. */
import type { Clock } from '../kernel/clock.js';
import { GatewayError } from '../kernel/errors.js';
import { createEventStream, type EventStream } from './event-stream.js';

/** What keeps a stream open once a subscription is on it. */
export interface Standing {
  /** Reads the credential again. @throws {GatewayError} once it is no longer good */
  recheck(): Promise<void>;
  /** Milliseconds between two of these. */
  readonly everyMs: number;
  /** Ends the stream with a refusal. */
  refuse(error: GatewayError): void;
}

export interface EventStreams {
  open(): EventStream;
  /** From now on the credential behind a stream is checked, and it ends with the process. */
  keep(stream: EventStream, standing: Standing): void;
  /** Ends subscriptions, so that their clients connect to another process; other answers end by themselves. */
  close(): void;
}

const LOOK_EVERY_MS = 1_000;
const REFUSALS: readonly string[] = ['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'];
/** Whether a credential is no longer good. Anything else is the gateway's own trouble, and passes. */
export const isRefused = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && REFUSALS.includes(error.code);

export function createEventStreams(clock: Clock, lookEveryMs = LOOK_EVERY_MS): EventStreams {
  const streams = new Set<EventStream>();
  const standings = new Map<EventStream, { standing: Standing; checkedAt: number; isChecking: boolean }>();
  const timer = setInterval(look, lookEveryMs).unref();
  let isClosed = false;

  function look(): void {
    for (const stream of streams) stream.beat();
    const now = clock();
    for (const kept of standings.values()) {
      if (kept.isChecking || now - kept.checkedAt < kept.standing.everyMs) continue;
      kept.isChecking = true;
      kept.checkedAt = now;
      kept.standing
        .recheck()
        .catch((error) => {
          if (isRefused(error)) kept.standing.refuse(error);
        })
        .finally(() => {
          kept.isChecking = false;
        });
    }
  }

  return {
    open() {
      const stream = createEventStream(clock);
      streams.add(stream);
      stream.body.once('close', () => {
        streams.delete(stream);
        standings.delete(stream);
      });
      return stream;
    },
    keep(stream, standing) {
      // One that came while the server was closing would keep it open.
      if (isClosed) return stream.close();
      if (!stream.signal.aborted) standings.set(stream, { standing, checkedAt: clock(), isChecking: false });
    },
    close() {
      isClosed = true;
      clearInterval(timer);
      for (const stream of standings.keys()) stream.close();
    },
  };
}
