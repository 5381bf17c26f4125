/**
 * The public keys of identity providers, each set read when it is needed and kept for a while. Where an issuer publishes
 * metadata, it is asked at each reading where its keys are now.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { TokenIssuer } from '../entities/workspace.js';
import type { Clock } from '../kernel/clock.js';
import { GatewayError } from '../kernel/errors.js';
import { inTime } from '../kernel/in-time.js';
import { discoverKeys } from './issuer-discovery.js';
import type { IssuerDocuments } from './issuer-documents.js';

/** How long a set is used before it is read again. */
export const KEYS_FRESH_MS = 600_000;
/** How long it is used at most while its issuer cannot be reached. */
export const KEYS_STALE_MS = 3_600_000;
/** For an unknown key a set is read again, but not more often than this: else bad tokens would hammer the issuer. */
export const UNKNOWN_KEY_PAUSE_MS = 30_000;
/** After a failed read. */
export const FAILED_READ_PAUSE_MS = 5_000;
/** How long a reading is waited for while what is kept will do: an issuer that is silent takes all the time it has. */
const PATIENCE_MS = 500;
const SETS_KEPT = 1_000;

export interface IssuerKeys {
  /**
   * Finds the key that a token names in the set of an issuer.
   * @throws {GatewayError} SERVICE_UNAVAILABLE when the set cannot be read and none is kept
   * @throws {errors.JOSEError} when the set has no such key, or several that fit
   */
  of(issuer: TokenIssuer): JWTVerifyGetKey;
}

/** One set: what was read of it last, and when it may be read again. */
interface Kept {
  /** Where it was found last. */
  jwksUri: string;
  /** Who says where it is, if anybody does. */
  readonly issuer: string | undefined;
  keys: JWTVerifyGetKey | undefined;
  readAt: number;
  /** When the last read failed. */
  failedAt: number;
  /** When an unknown key last had the set read. */
  missedAt: number;
  reading: Promise<void> | undefined;
  /** The same for whoever has kept keys: over with the reading or PATIENCE_MS after the first of them, and never fails. */
  patience: Promise<void> | undefined;
}

export function createIssuerKeys(documents: IssuerDocuments, clock: Clock): IssuerKeys {
  const sets = new Map<string, Kept>();
  const since = (moment: number): number => clock() - moment;

  const keptOf = ({ issuer, jwksUri, discovered }: TokenIssuer): Kept => {
    const name = JSON.stringify([jwksUri, discovered === true && issuer]);
    let kept = sets.get(name);
    if (!kept) {
      if (sets.size >= SETS_KEPT) sets.delete(sets.keys().next().value as string);
      const never = Number.NEGATIVE_INFINITY;
      const times = { readAt: never, failedAt: never, missedAt: never };
      kept = {
        jwksUri,
        issuer: discovered ? issuer : undefined,
        keys: undefined,
        ...times,
        reading: undefined,
        patience: undefined,
      };
      sets.set(name, kept);
    }
    return kept;
  };

  // Callers who come while a read is under way wait for that one.
  const read = (kept: Kept): Promise<void> => {
    kept.reading ??= (async () => {
      try {
        kept.keys = createLocalJWKSet((await readSet(documents, kept)) as JSONWebKeySet);
        kept.readAt = clock();
        kept.failedAt = Number.NEGATIVE_INFINITY;
      } catch (error) {
        kept.failedAt = clock();
        throw unavailable(error);
      } finally {
        kept.reading = undefined;
        kept.patience = undefined;
      }
    })();
    return kept.reading;
  };

  const current = async (kept: Kept): Promise<JWTVerifyGetKey> => {
    if (kept.keys && since(kept.readAt) < KEYS_FRESH_MS) return kept.keys;
    const pause = kept.keys ? UNKNOWN_KEY_PAUSE_MS : FAILED_READ_PAUSE_MS;
    if (!kept.reading && since(kept.failedAt) < pause) {
      if (kept.keys && since(kept.readAt) < KEYS_STALE_MS) return kept.keys;
      throw unavailable();
    }
    const reading = read(kept);
    if (kept.keys && since(kept.readAt) < KEYS_STALE_MS) {
      kept.patience ??= inTime(PATIENCE_MS, reading, undefined).catch(() => undefined);
      await kept.patience;
    } else await reading;
    return kept.keys as JWTVerifyGetKey;
  };

  // A key that the set does not hold may be a new one.
  const reread = async (kept: Kept, miss: unknown): Promise<JWTVerifyGetKey> => {
    if (!kept.reading && since(kept.missedAt) < UNKNOWN_KEY_PAUSE_MS) {
      // Where the issuer could not be asked, nobody can say that the token is bad.
      throw kept.failedAt >= kept.missedAt ? unavailable() : miss;
    }
    kept.missedAt = clock();
    await read(kept);
    return kept.keys as JWTVerifyGetKey;
  };

  return {
    of: (issuer) => async (header, token) => {
      const kept = keptOf(issuer);
      const before = kept.keys;
      const keys = await current(kept);
      try {
        return await keys(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (keys === before) return (await reread(kept, error))(header, token);
        // The set was read for this very token, and that was its turn.
        kept.missedAt = clock();
        throw error;
      }
    },
  };
}

/**
 * The set, from where it is now. Both are asked at once, so that an issuer who stays costs no more time; one that has
 * moved is followed by the same guarded reading, and what is still at the old place is not believed any more.
 */
async function readSet(documents: IssuerDocuments, kept: Kept): Promise<unknown> {
  const { issuer, jwksUri } = kept;
  const [now, set] = await Promise.allSettled([
    issuer === undefined ? undefined : discoverKeys(documents, issuer),
    documents.read(jwksUri),
  ]);
  const found = now.status === 'fulfilled' ? now.value : undefined;
  if (found !== undefined && found !== jwksUri) {
    const moved = await documents.read(found);
    kept.jwksUri = found;
    return moved;
  }
  if (set.status === 'rejected') throw set.reason;
  return set.value;
}

function unavailable(cause?: unknown): GatewayError {
  return new GatewayError(
    'SERVICE_UNAVAILABLE',
    "The keys of the token's issuer cannot be read right now; try again.",
    {},
    cause,
  );
}
