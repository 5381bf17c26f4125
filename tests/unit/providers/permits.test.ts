import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { OPENS_AFTER } from '../../../src/providers/breaker.js';
import { createPermits } from '../../../src/providers/permits.js';
import { type DeliveryProvider, ProviderError } from '../../../src/providers/provider.js';
import { createRegistry } from '../../../src/providers/registry.js';
import { fakeCarrier } from '../fake-providers.js';

const IN_VAIN = { kind: 'RETRY', isAsked: false, reason: 'mail was busy with other messages' };
const MESSAGE = { id: '1', channel: 'SMS', recipient: '+1', senderName: '', subject: '', text: '' } as const;
const patient = () => new AbortController().signal;

/** Calls that last until they are ended, in the order in which they began. */
function slowCalls() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: (name: string) => void; reject: (error: Error) => void }>();
  const call = (name: string) => () => {
    begun.push(name);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    ends.set(name, { resolve, reject });
    return promise;
  };
  return { begun, call, end: (name: string) => ends.get(name)?.resolve(name), ends };
}

test('calls go on first come first served, never more at once than there are permits, and a failure gives its permit back', async () => {
  const { begun, call, end, ends } = slowCalls();
  const permits = createPermits('mail', 2);
  const runs = ['a', 'b', 'c', 'd', 'e'].map((name) => permits.run(patient(), call(name)));
  expect(begun).toEqual(['a', 'b']);
  ends.get('b')?.reject(new Error('no'));
  await expect(runs[1]).rejects.toThrow('no');
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) end(name);
  await turn();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  for (const name of ['d', 'e']) end(name);
  await Promise.allSettled(runs);
  const later = permits.run(patient(), call('f'));
  expect(begun.at(-1)).toBe('f');
  end('f');
  expect(await later).toBe('f');
});

test('who waits too long, or is called off, leaves the line: nobody was asked for it, and those behind move up', async () => {
  const { begun, call, end } = slowCalls();
  const permits = createPermits('mail', 1, 50);
  const first = permits.run(patient(), call('a'));
  const late = permits.run(patient(), call('b'));
  const controller = new AbortController();
  const calledOff = permits.run(controller.signal, call('c'));
  controller.abort();
  await expect(calledOff).rejects.toMatchObject(IN_VAIN);
  await expect(late).rejects.toMatchObject(IN_VAIN);
  await expect(permits.run(AbortSignal.abort(), call('d'))).rejects.toMatchObject(IN_VAIN);
  const next = permits.run(patient(), call('e'));
  end('a');
  await first;
  await turn();
  end('e');
  expect(await next).toBe('e');
  expect(begun).toEqual(['a', 'e']);
});

test('a process that ends waits for calls under way only', async () => {
  const { begun, call, end } = slowCalls();
  const deliver = async ({ id }: { id: string }) => {
    await call(id)();
    return { status: 'SENT' as const };
  };
  const registry = createRegistry([{ ...fakeCarrier('mail', deliver), concurrency: 1 }]);
  const [provider] = registry.route({ channel: 'SMS', mode: 'LIVE' }) as [DeliveryProvider];
  const send = (id: string) => provider.deliver({ ...MESSAGE, id }, patient());
  const first = send('a');
  const waiting = send('b');
  registry.endWaiting();
  await expect(waiting).rejects.toMatchObject(IN_VAIN);
  await expect(send('c')).rejects.toMatchObject(IN_VAIN);
  end('a');
  expect(await first).toEqual({ status: 'SENT' });
  expect(begun).toEqual(['a']);
});

test('who waits in vain counts neither for the circuit nor against it, and once it opens nobody waits for a turn', async () => {
  const { begun, call, ends } = slowCalls();
  let calls = 0;
  const deliver = async () => {
    calls += 1;
    await call(`${calls}`)();
    return { status: 'SENT' as const };
  };
  const registry = createRegistry([{ ...fakeCarrier('mail', deliver), concurrency: 1 }]);
  const [provider] = registry.route({ channel: 'SMS', mode: 'LIVE' }) as DeliveryProvider[];
  const send = (signal = patient()) =>
    (provider as DeliveryProvider).deliver(MESSAGE, signal).catch((error: ProviderError) => error);

  const controllers = Array.from({ length: OPENS_AFTER }, () => new AbortController());
  const down = Array.from({ length: OPENS_AFTER }, () => send());
  const calledOff = controllers.map(({ signal }) => send(signal));
  const behind = Array.from({ length: 3 }, () => send());
  for (const controller of controllers) controller.abort();
  for (const error of await Promise.all(calledOff)) expect(error).toMatchObject(IN_VAIN);
  for (let failed = 1; failed <= OPENS_AFTER; failed += 1) {
    expect(registry.states()).toEqual([{ provider: 'mail', state: 'CLOSED' }]);
    ends.get(`${failed}`)?.reject(new ProviderError('DOWN', 'no'));
    await down[failed - 1];
    await turn();
  }
  expect(registry.states()).toEqual([{ provider: 'mail', state: 'OPEN' }]);
  for (const error of await Promise.all(behind)) expect(error).toMatchObject({ kind: 'DOWN', isAsked: false });
  expect(begun).toHaveLength(OPENS_AFTER);
});
