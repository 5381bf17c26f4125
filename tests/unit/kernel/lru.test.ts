import { expect, test } from 'vitest';
import { createLru } from '../../../src/kernel/lru.js';

test('what was used longest ago goes first, and having a look is no use', () => {
  const lru = createLru<string, number>({ capacity: 2 });
  lru.set('a', 1);
  lru.set('b', 2);
  expect(lru.get('a')).toBe(1);
  expect(lru.has('b')).toBe(true);
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
  expect(lru.size).toBe(2);
});

test('a value that is set again is weighed again, and makes place for as much as it weighs', () => {
  const lru = createLru<string, string>({ capacity: 10, weigh: (text) => text.length });
  lru.set('a', 'xxxxx');
  lru.set('b', 'xxxxx');
  lru.set('a', 'x');
  lru.set('c', 'xxxx');
  expect(['a', 'b', 'c'].map((key) => lru.has(key))).toEqual([true, true, true]);
  lru.set('d', 'xxxxxx');
  expect(['a', 'b', 'c', 'd'].map((key) => lru.has(key))).toEqual([false, false, true, true]);
});

test('it holds so many values, however little they weigh, and tells what they weigh', () => {
  const lru = createLru<string, string>({ capacity: 10, most: 2, weigh: (text) => text.length });
  for (const key of ['a', 'b', 'c']) lru.set(key, 'xx');
  expect([lru.has('a'), lru.size, lru.weight]).toEqual([false, 2, 4]);
});

test('a value heavier than the whole cache is not kept and pushes out nothing; its older self is gone', () => {
  const lru = createLru<string, string>({ capacity: 3, weigh: (text) => text.length });
  lru.set('a', 'x');
  lru.set('b', 'x');
  lru.set('b', 'xxxx');
  expect([lru.has('a'), lru.has('b')]).toEqual([true, false]);
});

test('what was deleted or cleared weighs nothing any more', () => {
  const lru = createLru<string, string>({ capacity: 2, weigh: (text) => text.length });
  lru.set('a', 'xx');
  lru.delete('a');
  lru.delete('a');
  lru.set('b', 'x');
  lru.set('c', 'x');
  expect(lru.size).toBe(2);
  lru.clear();
  lru.set('d', 'xx');
  expect([lru.size, lru.get('d')]).toEqual([1, 'xx']);
});

test('what is stale makes place before anything is too much, as soon as something else is set', () => {
  let now = 0;
  const lru = createLru<string, number>({ capacity: 10, isStale: (until) => until <= now });
  lru.set('a', 1);
  lru.set('b', 1);
  lru.set('c', 2);
  now = 1;
  lru.set('d', 2);
  expect(['a', 'b', 'c', 'd'].map((key) => lru.has(key))).toEqual([false, false, true, true]);
});
