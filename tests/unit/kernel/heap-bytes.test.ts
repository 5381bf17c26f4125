import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { heapBytes } from '../../../src/kernel/heap-bytes.js';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** What a copy of it was measured to hold. */
function measured(json: string, copies: number): number {
  const held: unknown[] = new Array(copies).fill(undefined);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < copies; index += 1) held[index] = JSON.parse(json);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / held.length;
  expect(held).toHaveLength(copies);
  return bytes;
}

test.each([
  ['empty objects', { claims: Array.from({ length: 1_300 }, () => ({})) }],
  ['empty lists', { claims: Array.from({ length: 1_300 }, () => []) }],
  ['short texts', Array.from({ length: 500 }, (_, index) => `x${index}`)],
  ['long texts', Array.from({ length: 45 }, (_, index) => `${index}`.padEnd(2_000, 'x'))],
  ['texts beyond Latin-1', Array.from({ length: 45 }, (_, index) => `${index}`.padEnd(2_000, '€'))],
  ['fractions', Array.from({ length: 1_000 }, (_, index) => [index / 7, null])],
  ['rules', Array.from({ length: 250 }, () => ({ region: 'DE', channels: ['EMAIL', 'PHONE'] }))],
])('attack: %s hold no more than they are taken for, and no less than a tenth', (_, value) => {
  const bytes = measured(JSON.stringify(value), 100);
  expect(heapBytes(value)).toBeGreaterThanOrEqual(bytes);
  expect(heapBytes(value)).toBeLessThanOrEqual(10 * bytes);
});

test('what a key is bound to counts too, and what is neither text nor an object counts a little', () => {
  expect(heapBytes({ bits: 2n ** 127n, version: 6 })).toBeGreaterThan(heapBytes({ version: 6 }));
  for (const value of [undefined, null, true, 1, 1n]) expect(heapBytes(value)).toBeGreaterThan(0);
});
