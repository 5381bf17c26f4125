import { beforeEach, expect, test } from 'vitest';
import { createDeliverNotice } from '../../../src/customers/deliver-notice.js';
import { noticeJob } from '../../../src/delivery/notice-job.js';
import type { Database } from '../../../src/entities/database.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { type DeliveryProvider, ProviderError } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { fakeConnection } from '../fake-connection.js';
import { fakeCarrier } from '../fake-providers.js';

const noticeKeys = deriveKeyRing(['n'.repeat(32)], 'notice');
const [WORKSPACE, ID] = ['018f2c7e-1234-7abc-8def-0123456789ff', '018f2c7e-1234-7abc-8def-0123456789ab'];
let sent: string[] = [];
let asked: string[] = [];
let written: { locale: string | undefined; text: string }[] = [];
let isThrottling = false;
let person: { locale: string | null; defaultLocale: string; appName: string };
let hits = new Map<string, number>();
beforeEach(() => {
  sent = [];
  asked = [];
  written = [];
  person = { locale: 'en-US', defaultLocale: 'en-US', appName: 'Acme' };
  isThrottling = false;
  hits = new Map();
});

const carrier = fakeCarrier('carrier', async ({ recipient, locale, text }) => {
  if (isThrottling) throw new ProviderError('RETRY', 'no');
  sent.push(recipient);
  written.push({ locale, text });
  return { status: 'SENT' };
});
const add = (name: string, count: number) => {
  const before = hits.get(name) ?? 0;
  hits.set(name, before + count);
  return before;
};
const { pool } = fakeConnection(() => [person]);
const another = fakeCarrier('another', async ({ recipient }) => {
  asked.push(recipient);
  return { status: 'SENT' };
});
const makeHandler = (carriers: readonly DeliveryProvider[]) =>
  createDeliverNotice({
    database: { pool } as Database,
    noticeKeys,
    providers: createRegistry(carriers),
    ledger: {
      reserve: async ({ name }) => ({ before: add(name, 1), endsInMs: 1, endsAt: 1 }),
      release: async ({ hit, count }) => void add(hit.name, -count),
    },
    limitScale: 1,
    logger: { info: () => {}, warn: () => {} } as unknown as Logger,
  });
const handle = makeHandler([carrier]);
const tell = (value: string, by = handle, { signal } = new AbortController()) => {
  const notice = {
    workspaceId: WORKSPACE,
    mode: 'LIVE',
    customerId: ID,
    kind: value.includes('@') ? 'EMAIL' : 'PHONE',
    contact: { id: ID, value },
  } as const;
  return by({ job: noticeJob(noticeKeys, notice), isLast: false, isSpent: false, isRepeated: false, signal });
};

test('attack: changed to and fro, a contact is told five times an hour in any spelling, and others as ever', async () => {
  for (let turn = 0; turn < 8; turn += 1)
    expect(await tell(turn % 2 ? 'ada@example.com' : 'Ada@example.com')).toBe('DONE');
  expect(sent).toHaveLength(5);
  await tell('bob@example.com');
  expect(sent).toHaveLength(6);
});

test('tries that failed are no notices: whoever was not told for hours is told once the provider is back', async () => {
  isThrottling = true;
  for (let tries = 0; tries < 48; tries += 1) expect(await tell('ada@example.com')).toBe('RETRY');
  isThrottling = false;
  expect(await tell('ada@example.com')).toBe('DONE');
  expect(sent).toEqual(['ada@example.com']);
});

test('where one provider fails the next is asked, but not for a worker that is stopping: it comes again, uncounted', async () => {
  isThrottling = true;
  const both = makeHandler([carrier, another]);
  const stopping = new AbortController();
  stopping.abort();
  expect(await tell('ada@example.com', both, stopping)).toBe('RETRY');
  expect(asked).toEqual([]);
  expect([...hits.values()]).toEqual([0]);
  expect(await tell('ada@example.com', both)).toBe('DONE');
  expect(asked).toEqual(['ada@example.com']);
});

test.each([
  ['the country of the number', '+4915123456789', null, 'de-DE', 'Acme: Die Telefonnummer'],
  ['else the workspace', 'ada@example.com', null, 'en-US', 'The email address'],
  ['before both the customer', '+4915123456789', 'fr-FR', 'fr-FR', 'Acme : le numéro'],
])('a warning comes in the language that the codes came in: that of %s', async (_, contact, locale, chosen, words) => {
  person = { ...person, locale };
  expect(await tell(contact)).toBe('DONE');
  expect(written).toEqual([{ locale: chosen, text: expect.stringContaining(words) }]);
});
