import { describe, expect, test } from 'vitest';
import { type Capabilities, shortfallOf, type Wanted } from '../../../src/providers/capabilities.js';

const capabilities: Capabilities = {
  channels: {
    SMS: { customText: true, senderId: true, languages: 'ANY' },
    WHATSAPP: { customText: false, senderId: false, languages: ['en', 'de', 'he', 'fil'] },
    VOICE: { customText: false, senderId: { like: /^[a-z]+$/i, limit: 'takes letters' }, languages: 'ANY' },
  },
  codeLength: { min: 6, max: 10 },
  timeoutSeconds: { min: 600, max: 600 },
  maxAttempts: { min: 1, max: 5 },
  deliveryReports: false,
  idempotent: false,
};
const wanted: Wanted = {
  channel: 'SMS',
  codeLength: 6,
  timeoutSeconds: 600,
  maxAttempts: 3,
  locale: undefined,
  customText: false,
};

describe('what a provider cannot do', () => {
  test.each<[Partial<Wanted>, string, string]>([
    [{ codeLength: 5 }, 'codeLength', 'takes 6 to 10'],
    [{ codeLength: 11 }, 'codeLength', 'takes 6 to 10'],
    [{ timeoutSeconds: 599 }, 'timeoutSeconds', 'takes 600 only'],
    [{ maxAttempts: 6 }, 'maxAttempts', 'takes 1 to 5'],
    [{ channel: 'WHATSAPP', customText: true }, 'customText', 'sends no text of a caller'],
    [{ channel: 'WHATSAPP', senderId: 'Acme' }, 'senderId', 'has a sender of its own'],
    [{ channel: 'VOICE', senderId: 'Acme Bank' }, 'senderId', 'takes letters'],
    [{ channel: 'WHATSAPP', locale: 'fr-CA' }, 'locale', 'speaks en, de, he, fil'],
  ])('%o is told with its limit', (change, term, limit) => {
    expect(shortfallOf(capabilities, { ...wanted, ...change })).toEqual({ term, limit });
  });

  test.each<Partial<Wanted>>([
    {},
    { codeLength: 10, maxAttempts: 5 },
    { customText: true, senderId: 'Acme Bank', locale: 'tlh' },
    { channel: 'VOICE', senderId: 'Acme' },
    { channel: 'WHATSAPP', locale: 'DE-at' },
    { channel: 'WHATSAPP' },
    { channel: 'WHATSAPP', locale: 'iw-IL' },
    { channel: 'WHATSAPP', locale: 'tl' },
  ])('%o is nothing: it can do that', (change) => {
    expect(shortfallOf(capabilities, { ...wanted, ...change })).toBeUndefined();
  });
});
