import { once } from 'node:events';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { registerProbes } from '../../../src/server/probes.js';

test('flood: however many ask at once whether it is ready, the database is asked once, and the next time anew', async () => {
  const answering = new EventTarget();
  let asked = 0;
  const app = fastify();
  registerProbes(app, {
    async unready() {
      asked += 1;
      const [{ type }] = (await Promise.race(['away', 'there'].map((name) => once(answering, name)))) as [Event];
      return type === 'away' ? 'the database cannot be reached' : undefined;
    },
  });
  let arrived = 0;
  app.addHook('preHandler', async () => {
    arrived += 1;
  });
  const statusesWhen = async (answer: 'away' | 'there') => {
    arrived = 0;
    const all = Array.from({ length: 100 }, () => app.inject('/readyz'));
    while (arrived < 100) await new Promise(setImmediate);
    await new Promise(setImmediate);
    answering.dispatchEvent(new Event(answer));
    return new Set((await Promise.all(all)).map(({ statusCode }) => statusCode));
  };
  expect(await statusesWhen('there')).toEqual(new Set([200]));
  expect(asked).toBe(1);
  expect(await statusesWhen('away')).toEqual(new Set([503]));
  expect(asked).toBe(2);
  await app.close();
});
