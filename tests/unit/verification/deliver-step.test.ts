import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryJob, Outbox } from '../../../src/delivery/outbox.js';
import type { Database, Transaction } from '../../../src/entities/database.js';
import { deriveCode } from '../../../src/kernel/codes.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { linkToken } from '../../../src/kernel/link-token.js';
import { type OutboundMessage, ProviderError, type StartRequest } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { createDeliverStep } from '../../../src/verification/deliver-step.js';
import type { SendCaps } from '../../../src/verification/send-caps.js';
import { fakeConnection } from '../fake-connection.js';
import { fakeCarrier, fakeHolder } from '../fake-providers.js';

const ID = '018f2c7e-1234-7abc-8def-0123456789ab';
const SUBJECT = { verificationId: ID, identity: 'ada@example.com' };
const codeKeys = deriveKeyRing(['n'.repeat(32), 'o'.repeat(32)], 'code');
const due = {
  name: `${ID}/0/1`,
  kind: 'CODE',
  channel: 'EMAIL',
  recipient: 'Ada@example.com',
  identity: 'ada@example.com',
  provider: 'carrier',
  codeKeyId: codeKeys.current.id,
  codeLength: 8,
  timeoutSeconds: 600,
  maxAttempts: 3,
  appName: 'Acme',
  secondsLeft: 599,
};

let rows: unknown[] = [];
let queued: DeliveryJob[] = [];
let sent: OutboundMessage[] = [];
let failure: Error | undefined;
let logged = '';
const { pool, statements } = fakeConnection(({ sql }) => {
  if (/^\s*select k\./.test(sql)) return rows;
  return /returning index/.test(sql) ? [{ index: 0 }] : [];
});
const carrier = fakeCarrier('carrier', async (message) => {
  sent.push(message);
  if (failure) throw failure;
  return { status: 'SENT' };
});
const logger = {
  warn: (...fields: unknown[]) => (logged += JSON.stringify(fields)),
  child: () => logger,
} as unknown as Logger;
const database = { pool, transaction: (work) => work(pool as Transaction) } as Database;
const outbox = { enqueue: async (_, jobs) => void queued.push(...jobs) } as Outbox;
const linkKeys = deriveKeyRing(['n'.repeat(32), 'o'.repeat(32)], 'link');
const WORKSPACE = '018f2c7e-1234-7abc-8def-0123456789ff';
let providers = createRegistry([carrier]);
const attempt = ({
  mode = 'LIVE' as 'LIVE' | 'TEST',
  isLast = false,
  isSpent = false,
  isRepeated = false,
  send = 1,
} = {}) =>
  createDeliverStep({
    database,
    outbox,
    codeKeys,
    linkKeys,
    userTokenKeys: codeKeys,
    publicUrl: 'https://gateway.example/verify',
    providers,
    sendCaps: {} as SendCaps,
    logger,
  })({
    job: { workspaceId: WORKSPACE, mode, verificationId: ID, stepIndex: 0, send, requestId: 'r' },
    isLast,
    isSpent,
    isRepeated,
    signal: new AbortController().signal,
  });

/** What was written of the step. */
const written = () =>
  statements
    .filter(({ sql }) => /^\s*with told as \(\s*update verification_step/.test(sql))
    .map(({ sql, parameters }) => [/= 'FAILED'/.test(sql) ? 'FAILED' : 'mark', parameters[5]]);

beforeEach(() => {
  rows = [due];
  queued = [];
  sent = [];
  failure = undefined;
  logged = '';
  statements.length = 0;
});

describe('a message', () => {
  test('carries the code that the verification’s id, the contact and the key make', async () => {
    expect(await attempt()).toBe('DONE');
    expect(sent[0]?.text).toContain(deriveCode(codeKeys.current.key, SUBJECT, 8));
    expect(sent[0]).toMatchObject({ recipient: 'Ada@example.com', senderName: 'Acme', channel: 'EMAIL' });
    expect(written()).toEqual([['mark', ['SENT']]]);
  });

  test('that is sent twice carries the same code and the same id both times', async () => {
    await attempt();
    await attempt();
    expect(sent[1]).toEqual(sent[0]);
  });

  test.each([
    [120, 'expires in 2 minutes'],
    [119, 'expires in 1 minute'],
    [60, 'expires in 1 minute'],
    [59, undefined],
    [0, undefined],
  ])('whose code is good for %i seconds promises no more than them: %s', async (secondsLeft, promised) => {
    rows = [{ ...due, secondsLeft, locale: 'en' }];
    await attempt();
    expect(/expires in \d+ \w+/.exec(sent[0]?.text as string)?.[0]).toBe(promised);
  });

  test('keeps its code after the secrets were rotated', async () => {
    const old = deriveKeyRing(['o'.repeat(32)], 'code').current;
    rows = [{ ...due, codeKeyId: old.id }];
    await attempt();
    expect(sent[0]?.text).toContain(deriveCode(old.key, SUBJECT, 8));
  });

  test('of test mode carries the code of test mode', async () => {
    await attempt({ mode: 'TEST' });
    expect(sent[0]?.text).toMatch(/^123456 is your Acme/);
  });

  test.each(['LIVE', 'TEST'] as const)('of a link carries its address in text and page, in %s mode', async (mode) => {
    rows = [{ ...due, kind: 'LINK', locale: 'en', codeKeyId: linkKeys.current.id, codeLength: 0 }];
    await attempt({ mode });
    await attempt({ mode });
    const subject = { workspaceId: WORKSPACE, mode, verificationId: ID };
    const url = `https://gateway.example/verify/l/${linkToken(linkKeys.current, subject)}`;
    for (const message of sent) {
      expect(message.text).toContain(url);
      expect(message.html).toContain(`href="${url}"`);
    }
    expect(sent).toHaveLength(2);
  });

  test('of a link waits for the worker that has the secret it is derived with', async () => {
    rows = [{ ...due, kind: 'LINK', codeKeyId: 'ffffffff' }];
    expect(await attempt()).toBe('RETRY');
    expect(sent).toEqual([]);
  });

  test('of a link never becomes a vendor’s code where its links were switched off: another worker may have them', async () => {
    const started: string[] = [];
    const start = async ({ id }: StartRequest) => {
      started.push(id);
      return {};
    };
    const holder = fakeHolder('carrier', { knownBy: 'RECIPIENT', start });
    providers = createRegistry([holder], { EMAIL: { names: ['carrier'] } });
    rows = [{ ...due, kind: 'LINK', codeKeyId: linkKeys.current.id, codeLength: 0 }];
    expect(await attempt()).toBe('RETRY');
    providers = createRegistry([carrier]);
    expect(started).toEqual([]);
    expect(logged).toContain('carrier is not set up for links');
  });

  test('of a resend has an id of its own, so that a provider that knows idempotency sends it', async () => {
    rows = [due, { ...due, name: `${ID}/0/2` }];
    await attempt();
    await attempt({ send: 2 });
    expect(sent.map(({ id }) => id)).toEqual([`${ID}.0.1`, `${ID}.0.2`]);
    expect(sent[1]?.text).toBe(sent[0]?.text);
  });

  test('race: a job that comes late does not send the message of a resend', async () => {
    rows = [{ ...due, name: `${ID}/0/2` }];
    expect(await attempt({ send: 1 })).toBe('DONE');
    expect(sent).toEqual([]);
  });

  test('that nobody waits for any more is not sent', async () => {
    rows = [];
    expect(await attempt()).toBe('DONE');
    expect(sent).toEqual([]);
    expect(written()).toEqual([['mark', ['SKIPPED']]]);
  });
});

describe('a provider', () => {
  test('that may do better later is tried again, and nothing is written down yet', async () => {
    failure = new ProviderError('RETRY', 'the mail server is busy');
    expect(await attempt()).toBe('RETRY');
    expect(written()).toEqual([]);
  });

  test.each<[string, ConstructorParameters<typeof ProviderError>, boolean]>([
    ['that may do better later, at the last try,', ['RETRY', 'the mail server is busy'], true],
    ['that will never reach the recipient', ['FINAL', 'the mail server refused the message (550)'], false],
  ])('%s ends the step with the reason', async (_, failed, isLast) => {
    failure = new ProviderError(...failed);
    expect(await attempt({ isLast })).toBe('DONE');
    expect(written()).toEqual([['FAILED', failed[1]]]);
  });

  test('or a secret that this worker lacks is left to the next worker, and at the last try ends the step', async () => {
    providers = createRegistry([]);
    expect(await attempt()).toBe('RETRY');
    await attempt({ isLast: true });
    providers = createRegistry([carrier]);
    rows = [{ ...due, codeKeyId: 'ffffffff' }];
    expect(await attempt()).toBe('RETRY');
    await attempt({ isLast: true });
    expect(sent).toEqual([]);
    expect(written().map(([what]) => what)).toEqual(['FAILED', 'FAILED']);
  });

  test('whose failure is a fault of ours is tried again by the queue, and at the last try ends the step', async () => {
    failure = new TypeError('x is undefined');
    expect(await attempt()).toBe('RETRY');
    expect(written()).toEqual([]);
    statements.length = 0;
    await attempt({ isLast: true });
    expect(written()).toEqual([['FAILED', 'the gateway could not send it']]);
  });

  test('is not asked by the claim behind all tries, each of which was cut off: the step ends, or is skipped', async () => {
    expect(await attempt({ isLast: true, isSpent: true })).toBe('DONE');
    expect(sent).toEqual([]);
    expect(written()).toEqual([['FAILED', 'the gateway could not send it']]);
    rows = [];
    statements.length = 0;
    await attempt({ isLast: true, isSpent: true });
    expect(written()).toEqual([['mark', ['SKIPPED']]]);
  });

  test('that failed is in the log without the recipient and the code', async () => {
    failure = new ProviderError('FINAL', 'refused');
    await attempt();
    expect(logged).toContain('refused');
    expect(logged).not.toContain('ada@');
    expect(logged).not.toContain(deriveCode(codeKeys.current.key, SUBJECT, 8));
  });
});
