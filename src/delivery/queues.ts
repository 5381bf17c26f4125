/** The queues: what each is for, and how often and how long its jobs are tried. */
import type { PgBoss } from 'pg-boss';
import type { Mode } from '../kernel/world.js';

/** The delivery of a verification's step. */
export const DELIVERY_QUEUE = 'verification-deliver';
/** Telling the holder of a contact that another one took its place. */
export const NOTICE_QUEUE = 'contact-notice';
/** Telling vendors that hold a code that its verification was canceled. */
export const CANCEL_QUEUE = 'verification-cancel';

/** Tries before a step fails for good, the first included, and the pause before the second; it doubles. */
export const DELIVERY_TRIES = 6;
/**
 * What the queue grants beyond the tries: a job whose last claim ends before it could say so is over, and its step would
 * wait for ever. The last of them asks no provider any more: a message that ends whoever sends it must not hold its step.
 */
export const SPARE_CLAIMS = 3;
const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;

/** A code is of no use after an hour. A warning is: it is tried for about a day and a half. */
export const NOTICE_TRIES = 48;
const LONGEST_NOTICE_RETRY_SECONDS = 3600;

/** Where a claim of a job stands among all that there may be. */
export interface Standing {
  /** No other try follows, unless this one is cut off. */
  readonly isLast: boolean;
  /** Every try was made, and this claim is the last: it sends nothing, and says what became of the job. */
  readonly isSpent: boolean;
}

/** @param job what was accepted before there were spare claims has none */
export function standingOf(queue: string, { retryCount, retryLimit }: Claim): Standing {
  const last = queue === DELIVERY_QUEUE ? Math.min(DELIVERY_TRIES - 1, retryLimit) : retryLimit;
  return { isLast: retryCount >= last, isSpent: retryCount > last && retryCount >= retryLimit };
}

interface Claim {
  readonly retryCount: number;
  readonly retryLimit: number;
}

const SHARED = {
  notify: true,
  retryDelay: FIRST_RETRY_SECONDS,
  retryBackoff: true,
  expireInSeconds: 60,
  // What a dead worker held is taken up by another one after ten seconds, not only when it expires: a code is awaited.
  heartbeatSeconds: 10,
  deleteAfterSeconds: 3600,
};

const QUEUES = {
  [DELIVERY_QUEUE]: { retryLimit: DELIVERY_TRIES - 1 + SPARE_CLAIMS, retryDelayMax: LONGEST_RETRY_SECONDS },
  [CANCEL_QUEUE]: { retryLimit: DELIVERY_TRIES - 1, retryDelayMax: LONGEST_RETRY_SECONDS },
  [NOTICE_QUEUE]: { retryLimit: NOTICE_TRIES - 1, retryDelayMax: LONGEST_NOTICE_RETRY_SECONDS },
};

/** The pauses between the tries of a job, where they are not its queue's: whoever tries out an outage waits for its end. */
export const pausesOf = (queue: string, mode: Mode) =>
  queue === DELIVERY_QUEUE && mode === 'TEST' ? { retryDelay: FIRST_RETRY_SECONDS, retryBackoff: false } : undefined;

/** Creates the queues that are not there yet, and grants those of an earlier version what jobs are granted now. */
export async function createQueues(boss: PgBoss): Promise<void> {
  for (const [queue, options] of Object.entries(QUEUES)) {
    await boss.createQueue(queue, { ...SHARED, ...options });
    // A queue that is there is left as it is by that. Only raised: a later version may have granted more.
    const { retryLimit } = options;
    if (((await boss.getQueue(queue))?.retryLimit ?? retryLimit) < retryLimit)
      await boss.updateQueue(queue, { retryLimit });
  }
}
