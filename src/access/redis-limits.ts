/**
 * The limits of `@guard` counted in Redis, and in PostgreSQL for as long as Redis does not answer. Each of the two keeps
 * a limit by itself, so where Redis goes away in the middle of a window, one more window's worth can pass, and another
 * each time that Redis forgets. What must never be passed is not counted here: guesses and caps on messages stay in
 * PostgreSQL.
 */
import type { KeyObject } from 'node:crypto';
import type { Connection } from '../entities/database.js';
import type { Clock } from '../kernel/clock.js';
import type { Redis } from '../redis/connection.js';
import { scriptOf } from '../redis/script.js';
import { counterKey, postgresCounters } from './limit-ledger.js';
import {
  type Counter,
  type CounterStore,
  createReservations,
  type ReleasedHits,
  type Reservations,
  type Standing,
} from './limit-reservations.js';

// The server's clock names the window, and its expiry ends it: hosts disagree about the time.
const ADD = scriptOf(`
local hits = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[2])
  redis.call('PEXPIRE', KEYS[1], left)
end
local time = redis.call('TIME')
return {hits, left, time[1] * 1000 + math.floor(time[2] / 1000) + left}`);

// Two readings of one expiry can be a millisecond apart. What was counted in another window, or by PostgreSQL while Redis
// was away, is not taken from this one.
const TAKE_BACK = scriptOf(`
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return 0 end
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + left
if math.abs(ends - ARGV[2]) > 5 then return 0 end
local count = math.min(ARGV[1], redis.call('GET', KEYS[1]))
redis.call('DECRBY', KEYS[1], count)
return count`);

/** Braces make the whole of it what a cluster places it by. */
const nameOf = ({ key }: Pick<Counter, 'key'>): string => `gateway:limit:{${key.toString('base64url')}}`;

/** Counters of the same names and keys in Redis. Those that it did not answer for are counted in PostgreSQL. */
function redisCounters(redis: Redis, pool: Connection): CounterStore {
  const postgres = postgresCounters(pool);
  const addOne = async (counter: Counter): Promise<Standing> => {
    const answer = (await redis.run(ADD, nameOf(counter), [counter.count, counter.windowMs])) as number[];
    const [end = Number.NaN, endsInMs = 0, endsAt = 0] = answer.map(Number);
    return { end, endsInMs, endsAt };
  };
  const takeOneBack = async (released: ReleasedHits) =>
    void (await redis.run(TAKE_BACK, nameOf(released), [released.count, released.endsAt ?? 0]));
  return {
    async add(counters) {
      const answers = await Promise.allSettled(counters.map(addOne));
      const unanswered = counters.filter((_, index) => answers[index]?.status === 'rejected');
      const others = unanswered.length === 0 ? [] : [...(await postgres.add(unanswered))];
      return answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : (others.shift() as Standing)));
    },
    takeBack: async (released) => void (await Promise.all(released.map(takeOneBack))),
  };
}

/** @param secret what names are hashed with, as in the ledger */
export const reservationsInRedis = (redis: Redis, pool: Connection, secret: KeyObject, clock: Clock): Reservations =>
  createReservations(redisCounters(redis, pool), counterKey(secret), clock);
