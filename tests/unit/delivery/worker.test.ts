/** What the log says of a job whose handler broke. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Notice, type NoticeJob, noticeJob } from '../../../src/delivery/notice-job.js';
import type { Outbox } from '../../../src/delivery/outbox.js';
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
