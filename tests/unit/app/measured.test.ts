import { expect, test } from 'vitest';
import { measureProvider } from '../../../src/app/measured.js';
import type { VerificationProvider } from '../../../src/providers/provider.js';
import { fakeHolder } from '../fake-providers.js';

test('of a vendor that holds the code, what it sends is counted as a message, and no guess and no end of a code', async () => {
  const answered = async () => ({});
  const all = { resend: answered, failOver: answered, sendLink: async () => {}, cancel: async () => {} };
  const counted: string[] = [];
  const measured = measureProvider(fakeHolder('holder', all), {
    message: ({ provider, outcome }) => void counted.push(`${provider} ${outcome}`),
  }) as Required<VerificationProvider>;
  const countedBy = async (name: 'start' | 'check' | 'resend' | 'failOver' | 'sendLink' | 'cancel') => {
    counted.length = 0;
    const call = measured[name] as (asked: object, signal: AbortSignal) => Promise<unknown>;
    await call({ channel: 'SMS', recipient: '+14155550123' }, AbortSignal.timeout(60_000));
    return [...counted];
  };
  for (const name of ['start', 'resend', 'failOver', 'sendLink'] as const)
    expect(await countedBy(name), name).toEqual(['holder SENT']);
  for (const name of ['check', 'cancel'] as const) expect(await countedBy(name), name).toEqual([]);
});
