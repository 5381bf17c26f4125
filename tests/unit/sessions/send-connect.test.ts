import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLimitLedger, type LimitLedger } from '../../../src/access/limit-ledger.js';
import type { Outbox } from '../../../src/delivery/outbox.js';
import type { Transaction } from '../../../src/entities/database.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import type { Mode } from '../../../src/kernel/world.js';
import type { Provider } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import { testModeProvider } from '../../../src/providers/test-mode.js';
import { createConnectGates } from '../../../src/sessions/connect-gates.js';
import type { Enrolled } from '../../../src/sessions/connect-recipient.js';
import { sendConnectCode } from '../../../src/sessions/send-connect.js';
import { SEND_CAPS } from '../../../src/verification/send-cap-counters.js';
import { createSendCaps } from '../../../src/verification/send-caps.js';
import { fakeConnection } from '../fake-connection.js';
import { fakeCarrier } from '../fake-providers.js';
import { principal } from '../principals.js';

const ADA: Enrolled = {
  customerId: 'ada',
  phone: '+14155550123',
  locale: null,
  phoneOwner: null,
  isBlocked: false,
};

interface Standing {
  enrolled?: Enrolled;
  /** Hits of every gate before this one. */
  hits?: number;
  /** Hits of these caps before this one. */
  spent?: readonly (keyof typeof SEND_CAPS)[];
  reply?: 'EXACT' | 'UNIFORM';
  providers?: readonly Provider[];
  mode?: Mode;
}

/** It sends codes of its own, which the gateway could not compare. */
const holder: Provider = {
  ...testModeProvider(),
  custody: 'PROVIDER',
  knownBy: 'ID',
  start: async () => ({}),
  check: async () => 'CORRECT',
};

/** Everything that a request does to the database, in order, and what the caller is told. */
async function trace(standing: Standing) {
  const { enrolled, hits = 0, spent = [], reply = 'EXACT', providers = [testModeProvider()], mode = 'TEST' } = standing;
  const done: string[] = [];
  const { pool } = fakeConnection(({ sql, parameters }) => {
    done.push(sql);
    if (sql.includes('into rate_limit_window')) {
      return (parameters[1] as Buffer[]).map((key) => ({ key, hits: hits + 1, ends_in_ms: 1000 }));
    }
    return sql.includes('"phoneOwner"') && enrolled ? [enrolled] : [];
  });
  const database = {
    pool,
    lists: pool,
    async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
      done.push('begin');
      const result = await work(pool as Transaction);
      done.push('commit');
      return result;
    },
  };
  const enqueue = async (_: Transaction, jobs: readonly unknown[]) => void done.push(`${jobs.length} job`);
  const ledger = createLimitLedger(pool, createSecretKey(Buffer.alloc(32)), () => 0);
  const capLedger: LimitLedger = {
    ...ledger,
    async reserve(hit) {
      const reservation = await ledger.reserve(hit);
      const [, , , cap] = JSON.parse(hit.name) as [string, string, string, keyof typeof SEND_CAPS];
      return spent.includes(cap) ? { ...reservation, before: hit.max } : reservation;
    },
  };
  const deps = {
    database,
    outbox: { enqueue } as unknown as Outbox,
    providers: createRegistry(providers),
    codeKeys: deriveKeyRing(['a secret that is long enough for a test'], 'code'),
    connectKeys: deriveKeyRing(['a secret that is long enough for a test'], 'connect'),
    gates: createConnectGates(ledger, 1),
    sendCaps: createSendCaps(capLedger, 1),
  };
  const { workspace } = principal();
  const caller = principal({
    kind: 'PUBLISHABLE_KEY',
    mode,
    workspace: { ...workspace, eligibleCountries: ['US'], connectReply: reply },
  });
  const input = { email: 'ada@example.com', clientIp: '198.51.100.1', requestId: 'r' };
  return { told: await sendConnectCode(deps, caller, input), done };
}

const accepted = await trace({ enrolled: ADA });

test('S9: an accepted request reads, counts, and writes in one transaction', () => {
  expect(accepted.told).toBe(true);
  expect(
    accepted.done.map(
      (text) =>
        /(into|update) rate_limit_window|connect_attempt|verification_step|contact_point|begin|commit|job/.exec(
          text,
        )?.[0],
    ),
  ).toEqual([
    'contact_point',
    ...['into rate_limit_window', 'into rate_limit_window', 'update rate_limit_window'],
    ...['begin', 'verification_step', 'connect_attempt', 'job', 'commit'],
  ]);
});

test.each<[string, Standing]>([
  ['an email that nobody has', {}],
  ['a gate that is closed', { enrolled: ADA, hits: 100 }],
  ['a gate that is closed to somebody unknown', { hits: 100 }],
  ['a country that is not eligible', { enrolled: { ...ADA, phone: '+5352123456' } }],
  ['a premium-rate number', { enrolled: { ...ADA, phone: '+19005550123' } }],
  ['a stored text that is no number', { enrolled: { ...ADA, phone: 'none' } }],
  ['a phone that another customer has verified', { enrolled: { ...ADA, phoneOwner: 'eve' } }],
  ['the magic recipient that is blocked', { enrolled: { ...ADA, phone: '+15005550003' } }],
  ['a mode without a provider of text messages', { enrolled: ADA, providers: [] }],
  ['a mode whose provider holds codes of its own', { enrolled: ADA, providers: [holder] }],
  ['a phone that wrong guesses have blocked', { enrolled: { ...ADA, isBlocked: true } }],
  ['a phone that was sent too much', { enrolled: ADA, spent: ['recipientHour'] }],
  ['a prefix of numbers that was sent too much', { enrolled: ADA, spent: ['prefix'] }],
  ['a prefix that nobody confirms and that was tried a moment ago', { enrolled: ADA, spent: ['unconfirmed', 'probe'] }],
  ['a workspace that sent too much', { enrolled: ADA, spent: ['workspace'] }],
  ['a key that sent too much', { enrolled: ADA, spent: ['key'] }],
  ['a key that sent too much, about somebody unknown', { spent: ['key'] }],
])('S9: connect: %s runs the same statements in the same order as an accepted request', async (_, standing) => {
  const refused = await trace(standing);
  expect(refused.told).toBe(false);
  expect(refused.done).toEqual(accepted.done);
  expect((await trace({ ...standing, reply: 'UNIFORM' })).told).toBe(true);
});

test('S9: connect: in live mode so does a number that its country has not given out, or that forwards to any other', async () => {
  const live = { mode: 'LIVE', providers: [fakeCarrier('carrier')] } as const;
  expect(await trace({ ...live, enrolled: ADA })).toEqual({ told: true, done: accepted.done });
  for (const phone of ['+15551234567', '+15005550100'])
    expect(await trace({ ...live, enrolled: { ...ADA, phone } })).toEqual({ told: false, done: accepted.done });
});

test('a customer’s own verified phone is no obstacle', async () => {
  expect((await trace({ enrolled: { ...ADA, phoneOwner: 'ada' } })).told).toBe(true);
});

test.each<[string, Standing]>([
  ['its turn of a prefix that nobody confirms', { enrolled: ADA, spent: ['unconfirmed'] }],
  ['a prefix that was tried a moment ago and is confirmed', { enrolled: ADA, spent: ['probe'] }],
])('connect: %s is sent, by the same statements', async (_, standing) => {
  const sent = await trace(standing);
  expect(sent.told).toBe(true);
  expect(sent.done).toEqual(accepted.done);
});

test('connect: enumeration: the address of a client, which others send from too, is counted by its gate alone', async () => {
  const spent = await trace({ enrolled: ADA, spent: ['address'] });
  expect(spent.told).toBe(true);
  expect(spent.done).toEqual(accepted.done);
});
