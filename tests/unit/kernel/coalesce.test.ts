import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { coalesce, coalesceById } from '../../../src/kernel/coalesce.js';

let batches: number[][] = [];
beforeEach(() => {
  batches = [];
});

const double = async (items: readonly number[]) => {
  batches.push([...items]);
  return items.map((item) => item * 2);
};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
/** A call that is answered when a test says so. */
function held() {
  const answers: (() => void)[] = [];
  const answer = (items: readonly number[]) => {
    batches.push([...items]);
    return new Promise<number[]>((resolve) => answers.push(() => resolve(items.map((item) => item * 2))));
  };
  return { answer, answers };
}

describe('what is asked in one turn of the event loop', () => {
  test('is one call, and each is given its own answer', async () => {
    const ask = coalesce(double);
    expect(await Promise.all(numbers(10).map(ask))).toEqual(numbers(10).map((item) => item * 2));
    expect(batches).toEqual([numbers(10)]);
  });

  test('is one call even across microtasks', async () => {
    const ask = coalesce(double);
    const all = [ask(1), Promise.resolve().then(() => ask(2)), Promise.resolve().then(async () => ask(3))];
    await Promise.all(all);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test('and the same thing twice are two items: nothing is told by identity', async () => {
    const item = { value: 1 };
    let answered = 0;
    const ask = coalesce(async (items: readonly (typeof item)[]) => items.map(() => answered++));
    expect(await Promise.all([ask(item), ask(item), ask(item)])).toEqual([0, 1, 2]);
  });

  test('is split where it is more than the limit', async () => {
    const ask = coalesce(double, { limit: 4 });
    expect(await Promise.all(numbers(10).map(ask))).toEqual(numbers(10).map((item) => item * 2));
    expect(batches.map(({ length }) => length)).toEqual([4, 4, 2]);
  });

  test('is not mixed with what is asked in the next', async () => {
    const ask = coalesce(double);
    await ask(1);
    await ask(2);
    expect(batches).toEqual([[1], [2]]);
  });
});

describe('a call under way', () => {
  test('does not hold up the next', async () => {
    const { answer, answers } = held();
    const ask = coalesce(answer);
    const first = ask(1);
    await nextTurn();
    const second = ask(2);
    await nextTurn();
    expect(batches).toEqual([[1], [2]]);
    for (const release of answers) release();
    expect(await Promise.all([first, second])).toEqual([2, 4]);
  });

  test('holds up the next where calls are serial, and gathers what is asked meanwhile', async () => {
    const { answer, answers } = held();
    const ask = coalesce(answer, { serial: true });
    const all = [ask(1)];
    await nextTurn();
    for (const item of [2, 3, 4]) {
      all.push(ask(item));
      await nextTurn();
    }
    expect(batches).toEqual([[1]]);
    answers[0]?.();
    await nextTurn();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    answers[1]?.();
    expect(await Promise.all(all)).toEqual([2, 4, 6, 8]);
  });
});

describe('an error', () => {
  test('is told to everybody who waits, and the next call is made all the same', async () => {
    let broken = true;
    const ask = coalesce(
      async (items: readonly number[]) => {
        if (broken) throw new Error('connection lost');
        return items;
      },
      { serial: true },
    );
    const outcomes = await Promise.allSettled(numbers(5).map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(new Array(5).fill('rejected'));
    broken = false;
    expect(await ask(1)).toBe(1);
  });

  test('of one answer is told to the one who asked for it', async () => {
    const ask = coalesce(async (items: readonly number[]) =>
      items.map((item) => (item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item))),
    );
    const outcomes = await Promise.allSettled([1, 2, 3].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

describe('rows asked for by their ids', () => {
  const [test1, live1, test2] = [
    { workspaceId: 'w1', mode: 'TEST' },
    { workspaceId: 'w1', mode: 'LIVE' },
    { workspaceId: 'w2', mode: 'TEST' },
  ] as const;
  const reading = () => {
    const calls: string[] = [];
    const read = coalesceById(async ({ workspaceId, mode }: { workspaceId: string; mode: string }, ids) => {
      calls.push(`${workspaceId}/${mode}: ${ids}`);
      return new Map(ids.filter((id) => id !== 'none').map((id) => [id, `${id} of ${workspaceId}/${mode}`]));
    });
    return { read, calls };
  };

  test('in one turn are one call for each workspace and mode, which names each id once', async () => {
    const { read, calls } = reading();
    const asked = [read(test1, 'a'), read(test1, 'b'), read(live1, 'a'), read(test1, 'a'), read(test2, 'none')];
    expect(await Promise.all(asked)).toEqual([
      'a of w1/TEST',
      'b of w1/TEST',
      'a of w1/LIVE',
      'a of w1/TEST',
      undefined,
    ]);
    expect(calls.sort()).toEqual(['w1/LIVE: a', 'w1/TEST: a,b', 'w2/TEST: none']);
  });

  test('isolation: nobody is handed what another workspace or mode was given for the same id', async () => {
    const { read } = reading();
    const [mine, other] = await Promise.all([read(test1, 'a'), read(test2, 'a')]);
    expect([mine, other]).toEqual(['a of w1/TEST', 'a of w2/TEST']);
  });
});

test('what is asked briefly is one call for one list, begun before anything else of the event loop', async () => {
  const ask = coalesce(double, { brief: true });
  const order: string[] = [];
  setImmediate(() => order.push('another request'));
  // As the resolvers of a list do, some of which wait for a promise or two first.
  const waits = async (item: number) => {
    for (let times = 0; times < item; times += 1) await undefined;
    return ask(item);
  };
  const answers = Promise.all(numbers(10).map(waits)).then((all) => {
    order.push('answered');
    return all;
  });
  expect(await answers).toEqual(numbers(10).map((item) => item * 2));
  expect(batches).toEqual([numbers(10)]);
  expect(order).toEqual(['answered']);
});
