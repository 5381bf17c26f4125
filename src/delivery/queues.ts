/** The queues: what each is for, and how often and how long its jobs are tried. */
import type { PgBoss } from 'pg-boss';

/** The delivery of a verification's step. */
export const DELIVERY_QUEUE = 'verification-deliver';
/** Telling the holder of a contact that another one took its place. */
export const NOTICE_QUEUE = 'contact-notice';
/** Telling vendors that hold a code that its verification was canceled. */
export const CANCEL_QUEUE = 'verification-cancel';

/** Tries before a step fails for good, the first included, and the pause before the second; it doubles. */
export const DELIVERY_TRIES = 6;
const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;

/** A code is of no use after an hour. A warning is: it is tried for about a day and a half. */
export const NOTICE_TRIES = 48;
const LONGEST_NOTICE_RETRY_SECONDS = 3600;

/** Creates the queues that are not there yet. */
export async function createQueues(boss: PgBoss): Promise<void> {
  const shared = {
    notify: true,
    retryDelay: FIRST_RETRY_SECONDS,
    retryBackoff: true,
    expireInSeconds: 60,
    // What a dead worker held is taken up by another one after ten seconds, not only when it expires: a code is awaited.
    heartbeatSeconds: 10,
    deleteAfterSeconds: 3600,
  };
  for (const queue of [DELIVERY_QUEUE, CANCEL_QUEUE]) {
    await boss.createQueue(queue, {
      ...shared,
      retryLimit: DELIVERY_TRIES - 1,
      retryDelayMax: LONGEST_RETRY_SECONDS,
    });
  }
  await boss.createQueue(NOTICE_QUEUE, {
    ...shared,
    retryLimit: NOTICE_TRIES - 1,
    retryDelayMax: LONGEST_NOTICE_RETRY_SECONDS,
  });
}
