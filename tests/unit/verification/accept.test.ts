import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryJob, Outbox } from '../../../src/delivery/outbox.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { createAccept, type NewVerification } from '../../../src/verification/accept.js';
import { fakeConnection } from '../fake-connection.js';

const send = (id: string, workspaceId = 'a', mode: 'TEST' | 'LIVE' = 'TEST'): NewVerification => ({
  world: { workspaceId, mode },
  requestId: `request of ${id}`,
  id,
  customerId: 'c',
  contactKind: 'EMAIL',
  locale: 'en-US',
  codeLength: 6,
  timeoutSeconds: 600,
  maxAttempts: 3,
  codeKeyId: '0011aabb',
  channel: 'EMAIL',
  recipient: 'ada@example.com',
  identity: 'ada@example.com',
  provider: 'smtp',
  template: 'code',
});

const { pool, statements } = fakeConnection(({ parameters }) => {
  const ids = parameters[2] as string[];
  if (ids.includes('bad')) throw new Error('foreign key');
  // In another order than they came: the database promises none.
  const now = new Date();
  return [...ids].reverse().map((id) => ({ id, status: 'PENDING', created_at: now, updated_at: now, expires_at: now }));
});

let transactions = 0;
let committed: DeliveryJob[] = [];
let queueFails = false;
const database: Database = {
  pool,
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
    expect(records.map(({ id }) => id)).toEqual(['1', '2', '3']);
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
      ['a', 'TEST', ['1', '4']],
      ['b', 'TEST', ['2']],
      ['a', 'LIVE', ['3']],
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

test('a send whose job is not accepted is not accepted', async () => {
  queueFails = true;
  await expect(accept(send('1'))).rejects.toThrow('queue');
  expect(committed).toEqual([]);
});

test('a job names rows and holds no contact: jobs rest in tables and in dead letters', async () => {
  await accept(send('1'));
  expect(committed).toEqual([
    { workspaceId: 'a', mode: 'TEST', verificationId: '1', stepIndex: 0, requestId: 'request of 1' },
  ]);
});
