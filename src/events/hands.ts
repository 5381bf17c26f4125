/**
 * Who has how many of a process's hands. An endpoint that answers in time may have many, one that is slow a few, one that
 * does not answer has one, and a call that takes long is waited for without a hand: so endpoints that hang hold nobody
 * else up, as long as they are fewer than a process can wait for.
 */
import type { Clock } from '../kernel/clock.js';

/** Deliveries that are under way and not slow, at most. */
export const WIDTH = 50;
/** Deliveries under way at most, the slow ones too: each is a connection and some memory. */
export const MOST_UNDER_WAY = 500;
/** Deliveries that an endpoint may have under way before anything is known of it. */
export const FIRST_ROOM = 5;
/** And when it has answered that often in time: half of the hands. */
export const MOST_ROOM = 25;
/** Milliseconds after which a delivery is slow. */
export const SLOW_MS = 500;
/** Endpoints that are remembered; of others nothing is known. */
const REMEMBERED = 1_000;

/** How many more deliveries of these endpoints are to be taken; of all others it is `FIRST_ROOM`. */
export interface Room {
  readonly endpointIds: readonly string[];
  readonly rooms: readonly number[];
}

export interface Hands {
  /** How many more deliveries may be taken. */
  free(): number;
  /** What is known of endpoints that may not have `FIRST_ROOM` more. */
  room(): Room;
  /** @returns what is called when the delivery has ended: with whether the endpoint has answered, whatever it said */
  take(endpointId: string): (isAnswered: boolean) => void;
}

export function createHands(clock: Clock): Hands {
  const underWay = new Map<object, { readonly endpointId: string; readonly since: number }>();
  const allowed = new Map<string, number>();

  function learn(endpointId: string, allowance: number): void {
    allowed.delete(endpointId);
    allowed.set(endpointId, allowance);
    const [oldest] = allowed.keys();
    if (allowed.size > REMEMBERED && oldest !== undefined) allowed.delete(oldest);
  }

  return {
    free() {
      const slowSince = clock() - SLOW_MS;
      const prompt = [...underWay.values()].filter(({ since }) => since > slowSince).length;
      return Math.max(0, Math.min(WIDTH - prompt, MOST_UNDER_WAY - underWay.size));
    },
    room() {
      const counts = new Map<string, number>();
      for (const [endpointId, allowance] of allowed) if (allowance < FIRST_ROOM) counts.set(endpointId, 0);
      for (const { endpointId } of underWay.values()) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
      const rooms = [...counts].map(([id, count]) => Math.max(0, (allowed.get(id) ?? FIRST_ROOM) - count));
      return { endpointIds: [...counts.keys()], rooms };
    },
    take(endpointId) {
      const delivery = {};
      const since = clock();
      underWay.set(delivery, { endpointId, since });
      return (isAnswered) => {
        underWay.delete(delivery);
        const allowance = allowed.get(endpointId) ?? FIRST_ROOM;
        if (!isAnswered) learn(endpointId, 1);
        else if (clock() - since < SLOW_MS) learn(endpointId, Math.min(MOST_ROOM, allowance + 1));
        // Some twenty that were prompt and have turned slow would else have all that a process can wait for.
        else learn(endpointId, Math.min(FIRST_ROOM, allowance));
      };
    },
  };
}
