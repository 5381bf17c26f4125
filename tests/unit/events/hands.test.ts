import { expect, test } from 'vitest';
import { createHands, FIRST_ROOM, MOST_ROOM, MOST_UNDER_WAY, SLOW_MS, WIDTH } from '../../../src/events/hands.js';

function handsAt() {
  let now = 0;
  const hands = createHands(() => now);
  const roomOf = (id: string) => {
    const { endpointIds, rooms } = hands.room();
    return rooms[endpointIds.indexOf(id)];
  };
  const takeAll = (id: string, count: number) => Array.from({ length: count }, () => hands.take(id));
  return { hands, roomOf, takeAll, pass: (milliseconds: number) => (now += milliseconds) };
}

test('endpoints that hang give their hands back while they are waited for, up to what a process can hold', () => {
  const { hands, takeAll, pass } = handsAt();
  for (let endpoint = 0; endpoint < WIDTH / FIRST_ROOM; endpoint += 1) takeAll(`hangs-${endpoint}`, FIRST_ROOM);
  expect(hands.free()).toBe(0);
  pass(SLOW_MS);
  expect(hands.free()).toBe(WIDTH);
  takeAll('many', MOST_UNDER_WAY - WIDTH - 1);
  pass(SLOW_MS);
  expect(hands.free()).toBe(1);
});

test('an endpoint that has not answered is asked for one thing at a time, until it answers', () => {
  const { hands, roomOf, takeAll } = handsAt();
  for (const giveBack of takeAll('hangs', FIRST_ROOM)) giveBack(false);
  expect(roomOf('hangs')).toBe(1);
  const giveBack = hands.take('hangs');
  expect(roomOf('hangs')).toBe(0);
  giveBack(true);
  expect(roomOf('hangs')).toBe(2);
});

test('an endpoint that answers in time may have half of the hands, and no more; one that answers late has the first few', () => {
  const { hands, roomOf, takeAll, pass } = handsAt();
  for (let told = 0; told < 100; told += 1) hands.take('prompt')(true);
  takeAll('prompt', 1);
  expect(roomOf('prompt')).toBe(MOST_ROOM - 1);
  const late = hands.take('late');
  pass(SLOW_MS);
  late(true);
  takeAll('late', 1);
  expect(roomOf('late')).toBe(FIRST_ROOM - 1);
});

test('attack: an endpoint that was prompt and turns slow loses what it had earned, before it holds all connections', () => {
  const { hands, roomOf, takeAll, pass } = handsAt();
  for (let told = 0; told < 100; told += 1) hands.take('turns')(true);
  const underWay = takeAll('turns', MOST_ROOM);
  pass(SLOW_MS);
  underWay[0]?.(true);
  expect(roomOf('turns')).toBe(0);
  for (const giveBack of underWay.slice(1)) giveBack(true);
  takeAll('turns', 1);
  expect(roomOf('turns')).toBe(FIRST_ROOM - 1);
});

test('what is remembered of endpoints that fail has a bound', () => {
  const { hands } = handsAt();
  for (let endpoint = 0; endpoint < 3_000; endpoint += 1) hands.take(`fails-${endpoint}`)(false);
  expect(hands.room().endpointIds).toHaveLength(1_000);
  expect(hands.room().endpointIds).toContain('fails-2999');
});
