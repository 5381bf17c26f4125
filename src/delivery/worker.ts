/** Takes jobs off the queue and hands them to the domain, which it does not know. */
import type { JobWithMetadata } from 'pg-boss';
import type { Logger } from '../telemetry/logger.js';
import type { Outbox } from './outbox.js';
import { type Handler, type JobData, perform } from './perform.js';
import { createRelief } from './relief.js';

export interface Worker {
  /** Takes no more jobs and waits for those under way. */
  stop(): Promise<void>;
}

/** Jobs that are taken and completed together: by the standing workers, and by those that relieve them. */
const BATCH = 50;
const RELIEF_BATCH = 10;

/** Works one queue in batches; every job of a batch succeeds or fails by itself. */
export async function startWorker<Job extends JobData>(
  outbox: Outbox,
  queue: string,
  handle: Handler<Job>,
  logger: Logger,
): Promise<Worker> {
  const { boss } = outbox;
  const begin = (batchSize: number, localConcurrency: number): Promise<string> =>
    boss.work(
      queue,
      {
        batchSize,
        burstWhenBatchFull: true,
        localConcurrency,
        // A notification wakes the worker for a new job, not for a retry that falls due, and one can be missed: without
        // these the queue looks again after 30 seconds, which is long in the life of a code.
        pollingIntervalSeconds: 1,
        notifyPollingIntervalSeconds: 1,
        includeMetadata: true,
        perJobResults: true,
      },
      // A batch ends with its slowest job: one provider that hangs would else hold up the codes that go by others.
      (jobs: JobWithMetadata<Job>[]) =>
        relief.during(() => Promise.all(jobs.map((job) => perform(queue, job, handle, logger)))),
    );
  const relief = createRelief(async () => {
    const id = await begin(RELIEF_BATCH, 1);
    return () => boss.offWork(queue, { id, wait: true });
  });
  await begin(BATCH, 2);
  return {
    async stop() {
      relief.end();
      await boss.offWork(queue, { wait: true });
    },
  };
}
