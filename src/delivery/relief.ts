/** Keeps a queue moving while a batch waits for somebody slow: another worker takes jobs for as long as it does. */

/** Milliseconds after which a batch holds up what was accepted behind it. */
const HELD_UP_MS = 1_000;
/** As many as the standing workers need, one a second each, while a provider that hangs has its ten seconds. */
const MAX_RELIEFS = 20;

/** Ends a worker once it has finished what it took. */
export type End = () => Promise<void>;

export interface Relief {
  /** Runs a batch, relieved where it takes long. */
  during<Result>(batch: () => Promise<Result>): Promise<Result>;
  /** No other worker begins from now on. */
  end(): void;
}

/**
 * @param begin starts a worker, whose batches are relieved by others in turn
 * @param heldUpMs see {@link HELD_UP_MS}
 */
export function createRelief(begin: () => Promise<End>, heldUpMs = HELD_UP_MS): Relief {
  let free = MAX_RELIEFS;
  let isEnding = false;

  /** A worker that cannot be begun, as while the queue stops, relieves nobody, and nobody fails for it. */
  async function relieve(isOver: Promise<unknown>): Promise<void> {
    free -= 1;
    try {
      const end = await begin();
      await isOver;
      await end();
    } catch {
    } finally {
      free += 1;
    }
  }

  return {
    async during(batch) {
      const { promise: isOver, resolve: over } = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        if (!isEnding && free > 0) void relieve(isOver);
      }, heldUpMs);
      try {
        return await batch();
      } finally {
        clearTimeout(timer);
        over();
      }
    },
    end() {
      isEnding = true;
    },
  };
}
