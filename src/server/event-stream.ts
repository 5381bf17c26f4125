/**
 * One answer as server-sent events, in the form of GraphQL over SSE, distinct connections mode: `next` with a result,
 * then `complete` (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).
 */
import { Readable } from 'node:stream';
import type { Clock } from '../kernel/clock.js';

export const EVENT_STREAM = 'text/event-stream';

/** Between two signs of life where nothing happens: less than proxies wait, which is a minute as a rule. */
export const HEARTBEAT_MS = 12_000;
/** For which a client may leave what is written unread. */
export const STALLED_MS = 30_000;
/** What is written leaves in pieces of this size at most: by them a slow client is told from one that does not read. */
const PIECE_BYTES = 65_536;

/** One answer while it is written. */
export interface EventStream {
  /** What is sent. */
  readonly body: Readable;
  /** Aborted once nobody listens any more, or it was ended. */
  readonly signal: AbortSignal;
  /** Writes a result, as JSON. Resolves once the client has room for the next one. */
  next(json: string): Promise<void>;
  /** Ends the stream for good: clients do not ask again. */
  complete(): void;
  /** Ends it with the connection alone: clients connect again. */
  close(): void;
  /** Writes a sign of life where one is due, and gives up on a client that has long stopped reading. */
  beat(): void;
}

export function createEventStream(clock: Clock): EventStream {
  const gone = new AbortController();
  let movedAt = clock();
  let unread = 0;
  let proceed: (() => void) | undefined;
  const body = new Readable({
    // Nothing is kept for a client that does not read, but what was written last.
    highWaterMark: 1,
    read() {
      proceed?.();
      proceed = undefined;
    },
    destroy(error, done) {
      gone.abort();
      proceed?.();
      done(error);
    },
  });
  const write = (text: string): boolean => {
    movedAt = clock();
    const bytes = Buffer.from(text);
    let hasRoom = true;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) hasRoom = body.push(bytes.subarray(at, at + PIECE_BYTES));
    return hasRoom;
  };
  const end = (): void => {
    if (gone.signal.aborted) return;
    body.push(null);
    gone.abort();
    proceed?.();
  };
  // The head of the answer leaves with it, before anything has happened.
  write(':\n\n');
  return {
    body,
    signal: gone.signal,
    async next(json) {
      if (gone.signal.aborted || write(`event: next\ndata: ${json}\n\n`)) return;
      const before = proceed;
      await new Promise<void>((resolve) => {
        proceed = () => {
          before?.();
          resolve();
        };
      });
    },
    complete() {
      // Without a line of data browsers would not tell of the event.
      if (!gone.signal.aborted) write('event: complete\ndata:\n\n');
      end();
    },
    close: end,
    beat() {
      if (body.readableLength < unread) movedAt = clock();
      unread = body.readableLength;
      const silent = clock() - movedAt;
      if (body.readableLength > 0) {
        if (silent >= STALLED_MS) body.destroy();
      } else if (silent >= HEARTBEAT_MS && !gone.signal.aborted) write(':\n\n');
    },
  };
}
