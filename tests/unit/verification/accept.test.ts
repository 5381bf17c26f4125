import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryJob, Outbox } from '../../../src/delivery/outbox.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { createAccept } from '../../../src/verification/accept.js';
import type { NewVerification } from '../../../src/verification/new-verification.js';
import { fakeConnection } from '../fake-connection.js';

const step = {
  channel: 'EMAIL',
  recipient: 'ada@example.com',
  identity: 'ada@example.com',
  provider: 'smtp',
  template: 'code',
  content: null,
} as const;
const send = (id: string, workspaceId = 'a', mode: 'TEST' | 'LIVE' = 'TEST'): NewVerification => ({
  world: { workspaceId, mode },
  requestId: `request of ${id}`,
  id,
  customerId: 'c',
  contactKind: 'EMAIL',
  locale: 'en-US',
  isLocaleNamed: false,
  codeLength: 6,
  timeoutSeconds: 600,
  maxAttempts: 3,
  codeKeyId: '0011aabb',
  steps: [step],
  isExpired: false,
  idempotency: undefined,
});
const named = (id: string, key: string, workspaceId = 'a'): NewVerification => ({
  ...send(id, workspaceId),
  idempotency: { key: Buffer.from(key), inputHash: Buffer.from('input') },
});

const { pool, statements } = fakeConnection(({ parameters }) => {
  const ids = parameters[2] as string[];
  if (ids.includes('bad')) throw new Error('foreign key');
  // In another order than they came: the database promises none.
  const now = new Date();
  const written = ids.filter((_, index) => String((parameters[10] as unknown[])[index]) !== 'taken');
  return written.reverse().map((id) => ({ id, status: 'PENDING', created_at: now, updated_at: now, expires_at: now }));
});

let transactions = 0;
let committed: DeliveryJob[] = [];
let queueFails = false;
const database: Database = {
  pool,
  lists: pool,
  async transaction(work) {
    transactions += 1;
    const jobs: DeliveryJob[] = [];
    const result = await work(Object.assign(Object.create(pool), { jobs }) as Transaction);
    committed.push(...jobs);
    return result;
  },
};
const outbox = {
  async enqueue(transaction: Transaction, jobs: readonly DeliveryJob[]) {
    if (queueFails) throw new Error('queue');
    (transaction as unknown as { jobs: DeliveryJob[] }).jobs.push(...jobs);
  },
} as Outbox;
const accept = createAccept(database, outbox);

beforeEach(() => {
  transactions = 0;
  committed = [];
  queueFails = false;
  statements.length = 0;
});

describe('sends of one turn', () => {
  test('share a transaction, and each caller gets their own verification', async () => {
    const records = await Promise.all(['1', '2', '3'].map((id) => accept(send(id))));
    expect(records.map((record) => record?.id)).toEqual(['1', '2', '3']);
    expect([transactions, statements.length]).toEqual([1, 1]);
    expect(committed.map(({ verificationId }) => verificationId)).toEqual(['1', '2', '3']);
  });

  test('isolation: a statement never reaches over two worlds', async () => {
    await Promise.all([
      accept(send('1', 'a')),
      accept(send('2', 'b')),
      accept(send('3', 'a', 'LIVE')),
      accept(send('4', 'a')),
    ]);
    expect(statements.map(({ parameters }) => parameters.slice(0, 3))).toEqual([
      ['a', 'LIVE', ['3']],
      ['a', 'TEST', ['1', '4']],
      ['b', 'TEST', ['2']],
    ]);
    expect(committed.map(({ workspaceId, mode }) => `${workspaceId} ${mode}`)).toEqual([
      'a TEST',
      'b TEST',
      'a LIVE',
      'a TEST',
    ]);
  });

  test('of which one is faulty: it is refused alone, and the others are accepted', async () => {
    const outcomes = await Promise.allSettled(['1', 'bad', '2'].map((id) => accept(send(id))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(committed.map(({ verificationId }) => verificationId)).toEqual(['1', '2']);
  });
});

test('race: worlds are written in one order, whichever came first, so that two processes do not deadlock', async () => {
  await Promise.all([accept(named('1', 'k', 'b')), accept(named('2', 'k', 'a'))]);
  await Promise.all([accept(named('3', 'k', 'a')), accept(named('4', 'k', 'b'))]);
  expect(statements.map(({ parameters }) => parameters[0])).toEqual(['a', 'b', 'a', 'b']);
});

test('the steps of all sends go with them, and only the first step gets a job', async () => {
  await Promise.all([accept({ ...send('1'), steps: [step, { ...step, channel: 'SMS' }] }), accept(send('2'))]);
  expect(statements[0]?.parameters.slice(12, 15)).toEqual([
    ['1', '1', '2'],
    [0, 1, 0],
    ['EMAIL', 'SMS', 'EMAIL'],
  ]);
  expect(committed.map(({ verificationId, stepIndex }) => [verificationId, stepIndex])).toEqual([
    ['1', 0],
    ['2', 0],
  ]);
});

describe('an idempotency key', () => {
  test('that is taken leaves no verification and no job, and does not disturb the others', async () => {
    const records = await Promise.all([accept(named('1', 'taken')), accept(send('2'))]);
    expect(records.map((record) => record?.id)).toEqual([undefined, '2']);
    expect(committed.map(({ verificationId }) => verificationId)).toEqual(['2']);
  });

  test('that comes twice in one turn is taken once: a statement may touch its row only once', async () => {
    const records = await Promise.all([accept(named('1', 'k')), accept(named('2', 'k')), accept(named('3', 'other'))]);
    expect(records.map((record) => record?.id)).toEqual(['1', undefined, '3']);
    expect(statements.map(({ parameters }) => parameters[2])).toEqual([['1', '3']]);
  });

  test('isolation: is another key in another workspace', async () => {
    const records = await Promise.all([accept(named('1', 'k')), accept(named('2', 'k', 'b'))]);
    expect(records.map((record) => record?.id)).toEqual(['1', '2']);
  });

  test('race: that is repeated beside a faulty send is told so when the first of its key is committed', async () => {
    const all = [send('bad'), named('1', 'k'), named('2', 'k')].map(accept);
    expect(await all[2]).toBeUndefined();
    expect(committed.map(({ verificationId }) => verificationId)).toEqual(['1']);
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});

test('a send whose job is not accepted is not accepted', async () => {
  queueFails = true;
  await expect(accept(send('1'))).rejects.toThrow('queue');
  expect(committed).toEqual([]);
});

test('a job names rows and holds no contact: jobs rest in tables and in dead letters', async () => {
  await accept(send('1'));
  expect(committed).toEqual([
    { workspaceId: 'a', mode: 'TEST', verificationId: '1', stepIndex: 0, send: 1, requestId: 'request of 1' },
  ]);
});
