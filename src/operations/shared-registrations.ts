/**
 * Registered texts that processes share by Redis, apart from what is published and bounded by world: a text that one
 * process was sent is found by the others for a day. Without Redis a client sends its text once more, which is all.
 */
import { nameOfWorld, type World } from '../kernel/world.js';
import type { Redis } from '../redis/connection.js';
import { scriptOf } from '../redis/script.js';
import { idOfText } from './operation-id.js';

/** Texts of one world at most: it pushes out its own, not another's. */
export const TEXTS_OF_A_WORLD = 100;
/** Milliseconds after its last registration at which a world's texts are forgotten. */
const KEPT_MS = 24 * 3_600_000;

const REGISTER = scriptOf(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`);
const FIND = scriptOf(`return redis.call('HGET', KEYS[1], ARGV[1])`);

export interface SharedRegistrations {
  /** Waits for nothing: what is lost is registered again. */
  register(world: World, sha256: string, text: string): void;
  find(world: World, sha256: string): Promise<string | undefined>;
}

export function shareRegistrations(redis: Redis): SharedRegistrations {
  const nameOf = (world: World) => `gateway:texts:{${nameOfWorld(world)}}`;
  return {
    register(world, sha256, text) {
      redis.run(REGISTER, nameOf(world), [sha256, text, TEXTS_OF_A_WORLD, KEPT_MS]).catch(() => {});
    },
    async find(world, sha256) {
      const text = await redis.run(FIND, nameOf(world), [sha256]).catch(() => undefined);
      // Whoever can write to Redis must not choose what a caller runs.
      return typeof text === 'string' && idOfText(text) === sha256 ? text : undefined;
    },
  };
}
