/** Whether Redis does what the gateway needs: one that answers PING may be a replica, full, or unable to save. */
import { scriptOf } from './script.js';

/**
 * Gives each command that any of the gateway's scripts gives, and leaves nothing: a user that may not give one, or a
 * server that does not know it, would else be given up at the first call that needs it, and taken up again each time.
 *
 * The first write is one that takes memory: a script that has written is not told that there is none. One that fails is
 * not undone: each write is followed by its end, so that the key is never found with another type.
 */
export const PROBE = scriptOf(`
redis.call('GET', KEYS[1])
redis.call('PTTL', KEYS[1])
redis.call('TIME')
redis.call('HGET', KEYS[1], 'probe')
redis.call('HEXISTS', KEYS[1], 'probe')
redis.call('HLEN', KEYS[1])
redis.call('HRANDFIELD', KEYS[1])
redis.call('INCRBY', KEYS[1], 0)
redis.call('PEXPIRE', KEYS[1], 0)
redis.call('DECRBY', KEYS[1], 0)
redis.call('PEXPIRE', KEYS[1], 0)
redis.call('HDEL', KEYS[1], 'probe')
redis.call('HSET', KEYS[1], 'probe', '')
redis.call('PEXPIRE', KEYS[1], 0)
return 1`);

const REFUSALS = ['READONLY', 'OOM', 'MISCONF', 'NOREPLICAS', 'NOPERM', 'NOAUTH', 'WRONGPASS'] as const;

/** Redis answers and will not do what it is asked, by the code of its error. */
export type Refusal = (typeof REFUSALS)[number];

/** Undefined where it did not answer, or where what it said is of no such kind. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  // Redis 7.0 refuses a command within a script without its code; 6.2 tells the code in the middle.
  if (/can't run this command|No permission/i.test(message)) return 'NOPERM';
  return REFUSALS.find((code) => new RegExp(`\\b${code}\\b`).test(message));
}
