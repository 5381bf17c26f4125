/**
 * The caps on messages, counted once for each message that is accepted: by start, resend and failover alike. What is
 * refused counts against nobody, so that no caller can spend the messages of another by calls that send nothing.
 */

import type { LimitLedger, Reservation } from '../access/limit-ledger.js';
import { scaledLimit } from '../access/limit-scale.js';
import type { Principal, World } from '../access/principal.js';
import { type Contact, parsePhone } from '../kernel/contact.js';
import { GatewayError } from '../kernel/errors.js';
import { type Refusal, refusal } from './problems.js';
import {
  type Asker,
  type Counter,
  callerOf,
  countersOf,
  countersTo,
  prefixOf,
  SEND_CAPS,
} from './send-cap-counters.js';

/** Test mode sends nothing that costs: its caps are there to be tried out, and wide enough for a suite of tests. */
const TEST_FACTOR = 10;

/** What one confirmed number gives back to its prefix: below one confirmation in ten messages, a prefix runs dry. */
const CONFIRMED_GIVES_BACK = 10;

/** A message that was counted. */
export interface Taken {
  /** Takes it back: it was not sent after all. */
  release(): Promise<void>;
}

/** Does what sends a counted message. Where it fails none stays counted. */
export async function releasedOnFailure<Done>(taken: Taken, work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    // Not waited for: it is asked of the database that has just failed. What is not taken back ends with its window.
    taken.release().catch(() => {});
    throw error;
  }
}

export interface SendCaps {
  /**
   * Counts one message to a contact, or says why it is not sent: TOO_MANY.
   *
   * @param asker absent where the gateway itself moves on to the next step
   * @throws {GatewayError} SERVICE_UNAVAILABLE when nothing can be counted
   */
  take(world: World, contact: Contact, asker?: Asker): Promise<Taken | Refusal>;
  /**
   * The same for a caller who must not learn what became of it: the same statements are run whether the message is
   * counted, refused, or was never wanted. What is not sent is counted against `standIn`, for whom nothing is ever
   * sent, so that no refused call holds a message of somebody else for a moment. The caller's address is not counted: by
   * what is left of its cap the caller would learn whether a message was sent. It has a gate.
   *
   * @param wanted undefined where the message is not wanted. Awaited together with the caller's own counters, so that
   *   what it counts is in their statement: alone, they would need one only where they are spent
   * @returns whether the message was counted
   * @throws {GatewayError} SERVICE_UNAVAILABLE when nothing can be counted
   */
  takeBlindly(caller: Principal, wanted: Promise<Contact | undefined>, standIn: Contact): Promise<boolean>;
  /** Tells that a code was confirmed. Waits for nothing: what is lost makes a prefix a little stricter. */
  confirmed(world: World, identity: string): void;
}

const releaseOf = (...taken: readonly Taken[]): Taken => ({
  release: async () => void (await Promise.all(taken.map((each) => each.release()))),
});

/**
 * @param scale multiplies every cap; for load tests
 * @param reached is told of each cap that refuses a message
 */
export function createSendCaps(
  ledger: LimitLedger,
  scale: number,
  reached: (cap: keyof typeof SEND_CAPS) => void = () => {},
): SendCaps {
  const hitOf = ({ workspaceId, mode }: World, [cap, value]: Counter) => {
    const { max, windowMs } = SEND_CAPS[cap];
    const scaled = scaledLimit(max * (mode === 'TEST' ? TEST_FACTOR : 1), scale);
    return { workspaceId, name: JSON.stringify([workspaceId, mode, 'send', cap, value]), max: scaled, windowMs };
  };

  /** Counts one message against each; `spent` are those that had none left. */
  async function count(world: World, counters: readonly Counter[]) {
    const counted = await Promise.all(
      counters.map(async (counter) => {
        const hit = hitOf(world, counter);
        const reservation: Reservation = await ledger.reserve(hit);
        return { cap: counter[0], hit, ...reservation };
      }),
    ).catch((error: unknown) => {
      throw new GatewayError('SERVICE_UNAVAILABLE', 'The caps cannot be counted right now; try again.', {}, error);
    });
    const spent = counted.filter(({ before, hit }) => before >= hit.max);
    const release = async () => {
      await Promise.all(counted.map(({ hit, endsAt }) => ledger.release({ hit, count: 1, endsAt })));
    };
    return { counted, spent, release };
  }

  const tooMany = (spent: readonly (Reservation & { cap: keyof typeof SEND_CAPS })[]) => {
    for (const { cap } of spent) reached(cap);
    return refusal('TOO_MANY', Math.max(1, ...spent.map(({ endsInMs }) => Math.ceil(endsInMs / 1000))));
  };

  return {
    async take(world, contact, asker) {
      // The caller's own first: whoever has spent them must not spend a recipient's, not for a moment.
      const own = await count(world, asker ? countersOf(asker) : []);
      if (own.spent.length > 0) {
        await own.release();
        return tooMany(own.spent);
      }
      const wide = await releasedOnFailure(own, () => count(world, countersTo(contact)));
      const both = releaseOf(own, wide);
      if (wide.spent.length === 0) return both;
      if (wide.spent.some(({ cap }) => cap !== 'unconfirmed')) {
        await both.release();
        return tooMany(wide.spent);
      }
      // A prefix that has run dry gets a message now and then: the one that is confirmed opens it again.
      const probe = await releasedOnFailure(both, () => count(world, [['probe', prefixOf(contact.value)]]));
      const all = releaseOf(both, probe);
      if (probe.spent.length === 0) return all;
      await all.release();
      return tooMany(probe.spent);
    },

    async takeBlindly(caller, wanted, standIn) {
      const [own, contact] = await Promise.all([count(caller, [callerOf(caller)]), wanted]);
      const target = contact && own.spent.length === 0 ? contact : standIn;
      const wide = await count(caller, [...countersTo(target), ['probe', prefixOf(target.value)]]);
      const isDry = wide.spent.some(({ cap }) => cap === 'unconfirmed');
      // Where the caller's own are spent, the others are those of the stand-in, and nobody's refusal.
      const inTheWay =
        own.spent.length > 0
          ? own.spent
          : wide.spent.filter(({ cap }) => cap !== 'unconfirmed' && (cap !== 'probe' || isDry));
      const isTaken = contact !== undefined && inTheWay.length === 0;
      if (contact) for (const { cap } of inTheWay) reached(cap);
      // A probe that was not needed goes back as what was refused does, so that there is one release on every path.
      await Promise.all(
        [...own.counted, ...wide.counted].map(({ cap, hit, endsAt }) => {
          const isKept = isTaken && (cap !== 'probe' || isDry);
          return ledger.release({ hit, count: isKept ? 0 : 1, endsAt });
        }),
      );
      return isTaken;
    },

    confirmed(world, identity) {
      if (!('contact' in parsePhone(identity))) return;
      const hit = hitOf(world, ['unconfirmed', prefixOf(identity)]);
      ledger.release({ hit, count: CONFIRMED_GIVES_BACK }).catch(() => {});
    },
  };
}
