import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { currentRequestId, runInRequest } from '../../../src/telemetry/request-scope.js';

test('requests under way at once each see their own id, across awaits', async () => {
  const seen = await Promise.all(
    ['a', 'b', 'c'].map((id, index) =>
      runInRequest(id, async () => {
        await sleep(6 - 2 * index);
        return currentRequestId();
      }),
    ),
  );
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('outside of a request there is no id', () => {
  runInRequest('a', () => {});
  expect(currentRequestId()).toBeUndefined();
});
