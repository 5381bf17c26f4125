/**
 * The way to Redis, Valkey or a Redis Cluster, for which nobody waits: a command is answered in a fifth of a second or
 * has failed, and after a failure nothing is asked for two seconds. Whoever asks has another way, because Redis is never
 * the only place where something is known.
 */
import type { RedisSettings } from '../kernel/config-redis.js';
import type { Logger } from '../telemetry/logger.js';
import { type Link, linker } from './link.js';
import { createPatience } from './patience.js';
import { PROBE, type Refusal, refusalOf } from './probe.js';
import { evaluate, type Script } from './script.js';

/** Milliseconds that making a connection may take. */
const CONNECT_MS = 1_000;
/** Milliseconds that an answer may take. */
const ANSWER_MS = 200;
/** Milliseconds after a failure in which Redis is left alone. */
const AWAY_MS = 2_000;

export interface Redis extends AsyncDisposable {
  /** False while it is left alone after a failure. */
  isUp(): boolean;
  /** Why it is left alone, where it answers and refuses what it is asked; undefined where it does not answer. */
  refusal(): Refusal | undefined;
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
  const opened = createPatience(CONNECT_MS);
  const answered = createPatience(ANSWER_MS);
  // The one link that is not given up, and the same once it is of use.
  let current: Link | undefined;
  let link: Link | undefined;
  let isClosed = false;
  let refusal: Refusal | undefined;
  let told: string | undefined;
  let retry: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const made = newLink();
    current = made;
    try {
      await opened(made.open());
      await answered(Promise.all(made.probeKeys().map((key) => evaluate(made, PROBE, key, []))));
      if (current !== made) return made.destroy();
      link = made;
      refusal = undefined;
      if (told !== undefined) logger.info('Redis answers again');
      told = undefined;
    } catch (error) {
      giveUp(made, error);
    }
  }

  // What is late is not waited for: its connection is thrown away, so that answers cannot pile up behind it.
  function giveUp(failed: Link, error: unknown): void {
    failed.destroy();
    if (isClosed || current !== failed) return;
    current = undefined;
    link = undefined;
    refusal = refusalOf(error);
    const state = refusal === undefined ? 'does not answer' : 'refuses what it is asked';
    if (told !== state) logger.warn({ err: error }, `Redis ${state}: the database counts meanwhile`);
    told = state;
    retry = setTimeout(() => void connect(), AWAY_MS).unref();
  }

  await connect();
  return {
    isUp: () => link !== undefined,
    refusal: () => refusal,
    async run(script, key, args) {
      const used = link;
      if (used === undefined) throw new RedisAway('Redis is left alone');
      try {
        return await answered(evaluate(used, script, key, args));
      } catch (error) {
        giveUp(used, error);
        throw new RedisAway('Redis did not answer', { cause: error });
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(retry);
      // One that is being made too: its sockets would keep the process.
      current?.destroy();
      current = undefined;
      link = undefined;
    },
  };
}
