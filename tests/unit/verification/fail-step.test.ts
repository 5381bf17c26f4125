import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryJob, Outbox } from '../../../src/delivery/outbox.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { failStep } from '../../../src/verification/fail-step.js';
import { fakeConnection } from '../fake-connection.js';

const names: [RegExp, string][] = [
  [/for no key update/, 'lock'],
  [/set status = 'FAILED', failure_reason/, 'fail'],
  [/select status from verification_step/, 'steps'],
  [/current_step_index = \$5/, 'move'],
  [/update verification v set status = 'FAILED'/, 'finish'],
];
const nameOf = (sql: string) => names.find(([pattern]) => pattern.test(sql))?.[1] ?? sql;
const now = new Date();
const moved = { id: '7', status: 'PENDING', created_at: now, updated_at: now, expires_at: now };

let answers: Record<string, unknown[]> = {};
let queued: DeliveryJob[] = [];
const { pool, statements } = fakeConnection(({ sql }) => answers[nameOf(sql)] ?? []);
const database = { pool, transaction: (work) => work(pool as Transaction) } as Database;
const outbox = { enqueue: async (_, jobs) => void queued.push(...jobs) } as Outbox;
const step = { workspaceId: 'w', mode: 'LIVE', verificationId: '7', index: 0, send: 1 } as const;
const fail = (reason = 'refused') => failStep({ database, outbox }, step, { reason, requestId: 'r' });
const ran = () => statements.map(({ sql }) => nameOf(sql));

beforeEach(() => {
  answers = { fail: [{ index: 0 }], steps: [{ status: 'FAILED' }, { status: 'PENDING' }], move: [moved] };
  queued = [];
  statements.length = 0;
});

describe('a step that failed for good', () => {
  test('is followed by the next, whose first message is queued under the same request', async () => {
    await fail();
    expect(queued).toEqual([
      { workspaceId: 'w', mode: 'LIVE', verificationId: '7', stepIndex: 1, send: 1, requestId: 'r' },
    ]);
    expect(ran()).not.toContain('finish');
  });

  test('race: locks the verification before its step, as failover and resend do, so that they cannot deadlock', async () => {
    await fail();
    expect(ran()).toEqual(['lock', 'fail', 'steps', 'move']);
  });

  test('race: that somebody else has left, or sent again, changes nothing', async () => {
    answers['fail'] = [];
    await fail();
    expect(ran()).toEqual(['lock', 'fail']);
    expect(queued).toEqual([]);
  });

  test.each([
    ['no other step waits', { steps: [{ status: 'FAILED' }] }],
    ['the verification has moved on or ended', { move: [] }],
  ])('where %s, queues nothing and ends the verification if no message is out', async (_, change) => {
    answers = { ...answers, ...change };
    await fail();
    expect(ran().at(-1)).toBe('finish');
    expect(queued).toEqual([]);
  });

  test('keeps as much of the reason as its column holds', async () => {
    await fail('x'.repeat(300));
    expect(statements[1]?.parameters.at(-1)).toBe('x'.repeat(200));
  });
});
