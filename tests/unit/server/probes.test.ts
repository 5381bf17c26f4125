import fastify from 'fastify';
import { expect, test } from 'vitest';
import { registerProbes } from '../../../src/server/probes.js';

test('flood: however many ask at once whether it is ready, the database is asked once, and the next time anew', async () => {
  const reasons: (string | undefined)[] = [undefined, 'the database cannot be reached'];
  let asked = 0;
  const app = fastify();
  registerProbes(app, {
    async unready() {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return reasons.shift();
    },
  });
  const ready = () => Promise.all(Array.from({ length: 100 }, () => app.inject('/readyz')));
  expect(new Set((await ready()).map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  expect(asked).toBe(1);
  expect(new Set((await ready()).map(({ statusCode }) => statusCode))).toEqual(new Set([503]));
  expect(asked).toBe(2);
  await app.close();
});
