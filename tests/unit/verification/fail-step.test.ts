import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryJob, Outbox } from '../../../src/delivery/outbox.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { failStep } from '../../../src/verification/fail-step.js';
import { refusal } from '../../../src/verification/problems.js';
import type { SendCaps } from '../../../src/verification/send-caps.js';
import { fakeConnection } from '../fake-connection.js';

const names: [RegExp, string][] = [
  [/for no key update/, 'lock'],
  [/failure_reason = \$6/, 'fail'],
  [/select s.index, s.status/, 'steps'],
  [/failure_reason = 'too much/, 'pass over'],
  [/current_step_index = \$5/, 'move'],
  [/update verification v set status = 'FAILED'/, 'finish'],
];
const nameOf = (sql: string) => names.find(([pattern]) => pattern.test(sql))?.[1] ?? sql;
const now = new Date();
const moved = { id: '7', status: 'PENDING', created_at: now, updated_at: now, expires_at: now };

let answers: Record<string, unknown[]> = {};
let queued: DeliveryJob[] = [];
/** Contacts that were counted, and whether that was taken back. */
let counted: Record<string, 'kept' | 'released'> = {};
let full: string[] = [];
const { pool, statements } = fakeConnection(({ sql }) => answers[nameOf(sql)] ?? []);
const database = { pool, transaction: (work) => work(pool as Transaction) } as Database;
let outage: Error | undefined;
const outbox = {
  async enqueue(_, jobs) {
    if (outage) throw outage;
    queued.push(...jobs);
  },
} as Outbox;
const sendCaps = {
  async take(_, { value }) {
    if (full.includes(value)) return refusal('TOO_MANY');
    counted[value] = 'kept';
    const release = async () => {
      counted[value] = 'released';
    };
    return { release };
  },
} as SendCaps;
const step = { workspaceId: 'w', mode: 'LIVE', verificationId: '7', index: 0, send: 1 } as const;
const fail = (reason = 'refused') => failStep({ database, outbox, sendCaps }, step, { reason, requestId: 'r' });
const ran = () => statements.map(({ sql }) => nameOf(sql));

const steps = (...statuses: string[]) =>
  statuses.map((status, index) => ({ index, status, channel: 'EMAIL', recipient: `${index}@example.com` }));

beforeEach(() => {
  answers = { fail: [{ index: 0 }], steps: steps('FAILED', 'PENDING'), move: [moved] };
  queued = [];
  outage = undefined;
  counted = {};
  full = [];
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
    expect(ran()).toEqual(['steps', 'lock', 'fail', 'move']);
  });

  test('race: that somebody else has left, or sent again, changes nothing', async () => {
    answers['fail'] = [];
    await fail();
    expect(ran()).toEqual(['steps', 'lock', 'fail']);
    expect(queued).toEqual([]);
    expect(counted).toEqual({ '1@example.com': 'released' });
  });

  test.each([
    ['no other step waits', { steps: steps('FAILED') }],
    ['the verification has moved on or ended', { move: [] }],
  ])('where %s, queues nothing and ends the verification if no message is out', async (_, change) => {
    answers = { ...answers, ...change };
    await fail();
    expect(ran().at(-1)).toBe('finish');
    expect(queued).toEqual([]);
  });

  test('passes over contacts that take no more messages, and counts the one that it takes', async () => {
    answers['steps'] = steps('FAILED', 'PENDING', 'PENDING', 'PENDING');
    full = ['1@example.com'];
    await fail();
    expect(queued).toMatchObject([{ stepIndex: 2 }]);
    expect(counted).toEqual({ '2@example.com': 'kept' });
    expect(statements.find(({ sql }) => nameOf(sql) === 'pass over')?.parameters.at(-1)).toEqual([1]);
  });

  test('ends the verification where no contact that is left takes a message: it never waits for a window', async () => {
    full = ['1@example.com'];
    await fail();
    expect(ran()).toEqual(['steps', 'lock', 'fail', 'pass over', 'finish']);
    expect(queued).toEqual([]);
  });

  test('that cannot be written down counts no message: a job that is tried again and again fills no window', async () => {
    outage = new Error('connection lost');
    await expect(fail()).rejects.toBe(outage);
    expect(counted).toEqual({ '1@example.com': 'released' });
  });

  test('keeps as much of the reason as its column holds', async () => {
    await fail('x'.repeat(300));
    expect(statements[2]?.parameters.at(-1)).toBe('x'.repeat(200));
  });
});
