import { expect, test } from 'vitest';
import { aroundCalls, type CallName } from '../../../src/providers/around-calls.js';
import { fakeHolder } from '../fake-providers.js';

const SIGNAL = AbortSignal.timeout(60_000);
const REF = { providerRef: '1', channel: 'SMS', recipient: '+1', subject: { platformCustomerId: 'c' } } as const;

test('what a vendor cannot do is absent around its calls too: no caller takes it for one that can', () => {
  const names: CallName[] = [];
  const around = aroundCalls(fakeHolder('holder', { cancel: async () => {} }), (call, name) => {
    names.push(name);
    return call;
  });
  expect(names).toEqual(['start', 'check', 'cancel']);
  for (const absent of ['resend', 'failOver', 'sendLink']) expect(around).not.toHaveProperty(absent);
});

test('a call is given what it was asked, and its answer is handed back; probes go past', async () => {
  const made: unknown[] = [];
  const provider = fakeHolder('holder', { check: async ({ code }) => (code === '1' ? 'CORRECT' : 'ENDED') });
  const around = aroundCalls(provider, (call, name) => (asked, signal) => {
    made.push([name, asked.recipient, signal === SIGNAL]);
    return call(asked, signal);
  }) as typeof provider;
  expect(await around.check({ ...REF, code: '1', updatePrimary: false }, SIGNAL)).toBe('CORRECT');
  expect(await around.check({ ...REF, code: '2', updatePrimary: false }, SIGNAL)).toBe('ENDED');
  await around.probe(SIGNAL);
  expect(made).toEqual([
    ['check', '+1', true],
    ['check', '+1', true],
  ]);
});
