/**
 * Limits as `@guard` declares them. graphql-rate-limit decides; its stores and its directive are not used,
 * because they read, then write (N concurrent requests all pass), and because their keys collide.
 */

import { hash } from 'node:crypto';
import { getGraphQLRateLimiter, Store } from 'graphql-rate-limit';
import { GatewayError } from '../kernel/errors.js';
import type { Hit, Reserve } from './limit-reservations.js';
import { scaledLimit } from './limit-scale.js';

/** At most `max` executions in each window. */
export interface LimitRule {
  readonly max: number;
  readonly windowMs: number;
}

/** What one execution is counted under: the rule's place in the schema, the world, and the canonical values. */
export interface LimitSubject {
  readonly workspaceId: string | undefined;
  readonly parts: readonly (string | undefined)[];
  /** Whose limit it is, for those who watch it; no part of the counter. */
  readonly field?: string;
}

/** Counts one execution of one field against all its rules at once. */
export interface RateLimiter {
  /** @throws {GatewayError} RATE_LIMITED with `retryAfterSeconds`, SERVICE_UNAVAILABLE when nothing can be counted */
  count(rule: LimitRule, subject: LimitSubject): Promise<void>;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** One call as it travels through the library, which takes any value for the caller's identity. */
interface Call extends Hit {
  retryAfterMs: number;
}

// The library only counts entries newer than its window, so entries that never age say "this many before me".
// Below the limit every number decides alike.
const NONE: number[] = [];
const upTo = (count: number): number[] => new Array(count).fill(Number.MAX_SAFE_INTEGER);

/** Reserves where the library reads, and has nothing left to write where it writes: one atomic step. */
class ReservingStore extends Store {
  constructor(private readonly reserve: Reserve) {
    super();
  }

  override async getForIdentity(identity: { contextIdentity: unknown }): Promise<number[]> {
    const call = identity.contextIdentity as Call;
    const { before, endsInMs } = await this.reserve(call);
    call.retryAfterMs = endsInMs;
    return before < call.max ? NONE : upTo(call.max);
  }

  override setForIdentity(): void {}
}

const LONGEST_NAME = 500;

// A part may be an argument of 90 kB, and a process remembers ten thousand names of counters.
const shortened = (name: string): string => (name.length > LONGEST_NAME ? hash('sha256', name) : name);

/**
 * @param reserve the counters, in one place or another
 * @param scale multiplies every limit; for load tests
 */
export function createRateLimiter(reserve: Reserve, scale: number): RateLimiter {
  const limited = getGraphQLRateLimiter({ identifyContext: (call) => call, store: new ReservingStore(reserve) });

  return {
    async count(rule, { workspaceId = NIL_UUID, parts }) {
      const max = scaledLimit(rule.max, scale);
      // JSON keeps ["a","b:c"] and ["a:b","c"] apart.
      const name = shortened(JSON.stringify([workspaceId, ...parts]));
      const call: Call = { workspaceId, name, windowMs: rule.windowMs, max, retryAfterMs: 0 };
      const verdict = await limited(
        { parent: undefined, args: {}, context: call, info: { fieldName: '' } as never },
        { max, window: `${rule.windowMs}ms` },
      ).catch((error: unknown) => {
        throw new GatewayError('SERVICE_UNAVAILABLE', 'The limits cannot be counted right now; try again.', {}, error);
      });
      if (verdict === undefined) return;
      const retryAfterSeconds = Math.max(1, Math.ceil(call.retryAfterMs / 1000));
      throw new GatewayError('RATE_LIMITED', `Too many calls; try again in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      });
    },
  };
}
