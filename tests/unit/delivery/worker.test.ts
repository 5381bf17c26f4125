/** Jobs whose handler broke, or was cut off: what the log says of them, and how often they are claimed. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type Notice, type NoticeJob, noticeJob } from '../../../src/delivery/notice-job.js';
import type { Outbox } from '../../../src/delivery/outbox.js';
import {
  DELIVERY_QUEUE,
  DELIVERY_TRIES,
  NOTICE_QUEUE,
  SPARE_CLAIMS,
  standingOf,
} from '../../../src/delivery/queues.js';
import { startWorker } from '../../../src/delivery/worker.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';

const keys = deriveKeyRing(['a secret of the gateway, 32 bytes or more'], 'notice');
const notice: Notice = {
  workspaceId: '018f2c7e-1234-7abc-8def-0123456789ab',
  mode: 'LIVE',
  customerId: '018f2c7e-1234-7abc-8def-0123456789ac',
  kind: 'EMAIL',
  contact: { id: '018f2c7e-1234-7abc-8def-0123456789ad', value: 'ada@example.com' },
};

test('attack: whoever reads the log collects sealed contacts: of a job that fails it says ids, and nothing it carries', async () => {
  let log = '';
  const sink = new Writable({
    write(chunk, _, done) {
      log += String(chunk);
      done();
    },
  });
  let work: ((jobs: object[]) => Promise<{ id: string; status: string }[]>) | undefined;
  const boss = {
    work: async (_queue: string, _options: object, each: typeof work) => {
      work = each;
      return 'worker';
    },
  };
  const broken = () => Promise.reject(new Error('The key of a seal is not configured'));
  await startWorker<NoticeJob>({ boss } as unknown as Outbox, 'contact-notice', broken, pino(sink));
  const data = { ...noticeJob(keys, notice), requestId: 'request-1' };
  const settled = await work?.([{ id: 'job-1', data, retryCount: 0, retryLimit: 3 }]);
  expect(settled).toEqual([{ id: 'job-1', status: 'failed' }]);
  const { workspaceId, mode, customerId, noticeId, contactPointId } = data;
  const job = { id: 'job-1', workspaceId, mode, noticeId, customerId, contactPointId };
  expect(JSON.parse(log)).toMatchObject({ msg: 'a job failed unexpectedly', requestId: 'request-1', job });
  for (const carried of [data.sealed, data.keyId, 'sealed', 'ada@']) expect(log).not.toContain(carried);
});

describe('the claims of a job', () => {
  const standing = (queue: string, retryCount: number, retryLimit: number) => {
    const { isLast, isSpent } = standingOf(queue, { retryCount, retryLimit });
    return isSpent ? 'spent' : isLast ? 'last' : 'more';
  };
  const granted = (queue: string, retryLimit: number) =>
    Array.from({ length: retryLimit + 1 }, (_, retryCount) => standing(queue, retryCount, retryLimit));

  test('of a delivery are more than its tries, so that one that is cut off in the last is not lost', () => {
    const limit = DELIVERY_TRIES - 1 + SPARE_CLAIMS;
    const tries = Array.from({ length: DELIVERY_TRIES - 1 }, () => 'more');
    expect(granted(DELIVERY_QUEUE, limit)).toEqual([...tries, 'last', 'last', 'last', 'spent']);
  });

  test.each([DELIVERY_QUEUE, NOTICE_QUEUE])('%s: where none is spare, the last one still sends', (queue) => {
    expect(granted(queue, 2)).toEqual(['more', 'more', 'last']);
  });
});
