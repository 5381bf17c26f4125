/**
 * The way to Redis, Valkey or a Redis Cluster, for which nobody waits: a command is answered in a fifth of a second or
 * has failed, and after a failure nothing is asked for two seconds. Whoever asks has another way, because Redis is never
 * the only place where something is known.
 */
import type { RedisSettings } from '../kernel/config-redis.js';
import type { Logger } from '../telemetry/logger.js';
import { type Link, linker } from './link.js';
import { createPatience } from './patience.js';
import { evaluate, type Script } from './script.js';

/** Milliseconds that making a connection may take. */
const CONNECT_MS = 1_000;
/** Milliseconds after a failure in which Redis is left alone. */
const AWAY_MS = 2_000;

export interface Redis extends AsyncDisposable {
  /** False while it is left alone after a failure. */
  isUp(): boolean;
  /**
   * Runs a script at once for everybody.
   * @throws {RedisAway} where it was not answered; it may have been run nevertheless
   */
  run(script: Script, key: string, args: readonly (string | number)[]): Promise<unknown>;
}

/** Redis did not answer, or is left alone because it did not. */
class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * Resolves where Redis cannot be reached too: it is tried again until it can.
 * @throws {Error} where the client is not installed
 */
export async function openRedis(settings: RedisSettings, logger: Logger): Promise<Redis> {
  const newLink = await linker(settings);
  const inTime = createPatience();
  let link: Link | undefined;
  let isClosed = false;
  let isKnownAway = false;
  let retry: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const made = newLink();
    const late = setTimeout(() => made.destroy(), CONNECT_MS).unref();
    try {
      await made.open();
      await inTime(made.send(undefined, ['PING']));
      if (isClosed) return made.destroy();
      link = made;
      if (isKnownAway) logger.info('Redis answers again');
      isKnownAway = false;
    } catch (error) {
      giveUp(made, error);
    } finally {
      clearTimeout(late);
    }
  }

  // What is late is not waited for: its connection is thrown away, so that answers cannot pile up behind it.
  function giveUp(failed: Link, error: unknown): void {
    failed.destroy();
    if (isClosed || (link !== undefined && link !== failed)) return;
    link = undefined;
    if (!isKnownAway) logger.warn({ err: error }, 'Redis does not answer: the database counts meanwhile');
    isKnownAway = true;
    clearTimeout(retry);
    retry = setTimeout(() => void connect(), AWAY_MS).unref();
  }

  await connect();
  return {
    isUp: () => link !== undefined,
    async run(script, key, args) {
      const used = link;
      if (used === undefined) throw new RedisAway('Redis is left alone');
      try {
        return await inTime(evaluate(used, script, key, args));
      } catch (error) {
        giveUp(used, error);
        throw new RedisAway('Redis did not answer', { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(retry);
      link?.destroy();
      link = undefined;
    },
  };
}
