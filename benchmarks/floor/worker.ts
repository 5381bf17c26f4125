/** The delivery worker: leases due jobs in batches, delivers, then marks the steps and removes the jobs together. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';

// A job whose lease ran out is due again: a crash between lease and removal repeats a message and loses none.
const LEASE = `
  UPDATE job SET due_at = now() + interval '30 seconds', attempts = job.attempts + 1
  FROM (
    SELECT verification_id, step_index FROM job WHERE due_at <= now() AND attempts < 5
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
  ) AS due
  WHERE job.verification_id = due.verification_id AND job.step_index = due.step_index
  RETURNING job.verification_id, job.step_index,
    (SELECT v.mode FROM verification v WHERE v.id = job.verification_id),
    (SELECT s.recipient FROM verification_step s
     WHERE s.verification_id = job.verification_id AND s.step_index = job.step_index)`;

const FINISH = `
  WITH done AS (
    DELETE FROM job WHERE (verification_id, step_index) IN (SELECT * FROM unnest($1::uuid[], $2::smallint[]))
    RETURNING verification_id, step_index
  )
  UPDATE verification_step s SET status = 'DELIVERED', sends = s.sends + 1, sent_at = now(), delivered_at = now()
  FROM done WHERE s.verification_id = done.verification_id AND s.step_index = done.step_index`;

const BATCH = 100;
const POLL_MS = 1_000;
/** Sends that come within this time travel as one batch. */
const GATHER_MS = 10;

interface Job {
  verification_id: string;
  step_index: number;
  mode: 'TEST' | 'LIVE';
  recipient: string;
}

/** Starts working; `wake` says that a job was just written, so that it need not wait for the next poll. */
export function startWorker(pool: Pool): { wake(): void } {
  let bell = Promise.withResolvers<void>();
  const wake = () => bell.resolve();
  setInterval(wake, POLL_MS);
  void (async () => {
    for (;;) {
      await bell.promise;
      bell = Promise.withResolvers();
      await sleep(GATHER_MS);
      await workOff(pool).catch(console.error);
    }
  })();
  return { wake };
}

async function workOff(pool: Pool): Promise<void> {
  for (let leased = BATCH; leased === BATCH; ) {
    const { rows } = await pool.query<Job>({ name: 'lease', text: LEASE, values: [BATCH] });
    const delivered = rows.filter(deliver);
    if (delivered.length > 0) {
      const values = [delivered.map((job) => job.verification_id), delivered.map((job) => job.step_index)];
      await pool.query({ name: 'finish', text: FINISH, values });
    }
    leased = rows.length;
  }
}

/** In test mode nothing leaves. */
function deliver(job: Job): boolean {
  return job.mode === 'TEST';
}
