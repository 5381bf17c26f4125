import { beforeEach, describe, expect, test } from 'vitest';
import { createOperationFinder, MISS_CACHE_MS } from '../../../src/operations/find.js';
import { fakeConnection } from '../fake-connection.js';

let now = 0;
let published: Record<string, string>;
let during: () => void;
const { pool, statements } = fakeConnection(({ parameters }) => {
  const [workspaceId, ids] = parameters as [string, string[]];
  const rows = ids.flatMap((sha256) => {
    const body = published[`${workspaceId}/${sha256}`];
    return body === undefined ? [] : [{ sha256, body }];
  });
  during();
  return rows;
});
const createFinder = () => createOperationFinder(pool, () => now);
beforeEach(() => {
  published = { 'w/1': 'one', 'v/1': 'one', 'w/2': 'two' };
  during = () => {};
  now = 0;
  statements.length = 0;
});

describe('a published operation', () => {
  test('is read once for the life of the process, however often it is run', async () => {
    const finder = createFinder();
    for (let run = 0; run < 100; run += 1) {
      expect(await finder.find('w', '1')).toBe('one');
      now += 60_000;
    }
    expect(statements).toHaveLength(1);
  });

  test('is read together with the others that are asked for at once, each workspace by itself', async () => {
    const finder = createFinder();
    const found = await Promise.all(
      [...'121'].map((id) => finder.find('w', id)).concat(finder.find('v', '1'), finder.find('v', '2')),
    );
    expect(found).toEqual(['one', 'two', 'one', 'one', undefined]);
    expect(statements.map(({ parameters }) => parameters)).toEqual([
      ['w', ['1', '2']],
      ['v', ['1', '2']],
    ]);
  });
});

describe('an unknown id', () => {
  test('is looked for again only after a while, and is then found where it was published elsewhere', async () => {
    const finder = createFinder();
    expect(await finder.find('w', '3')).toBeUndefined();
    published['w/3'] = 'three';
    now = MISS_CACHE_MS - 1;
    expect(await finder.find('w', '3')).toBeUndefined();
    expect(statements).toHaveLength(1);
    now = MISS_CACHE_MS;
    expect(await finder.find('w', '3')).toBe('three');
  });

  test('is found at once where it was published here, even while it was being looked for', async () => {
    const finder = createFinder();
    expect(await finder.find('w', '3')).toBeUndefined();
    published['w/3'] = 'three';
    finder.forgetMisses();
    expect(await finder.find('w', '3')).toBe('three');
    during = () => {
      published['w/4'] = 'four';
      finder.forgetMisses();
    };
    expect(await finder.find('w', '4')).toBeUndefined();
    expect(await finder.find('w', '4')).toBe('four');
  });

  test('denial of service by a flood of them costs one statement at a time', async () => {
    let open = 0;
    let most = 0;
    const slow = fakeConnection(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return [];
    });
    const finder = createOperationFinder(slow.pool, () => now);
    const flood = async (from: number) => {
      for (let at = 0; at < 10; at += 1) await finder.find('w', `${from}/${at}`);
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, from) => flood(from)));
    expect(most).toBe(1);
    expect(slow.statements.length).toBeLessThanOrEqual(30);
  });
});
