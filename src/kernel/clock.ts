/** Milliseconds since some fixed moment, never going back: for the age of caches. Expiry is the database's to tell. */
export type Clock = () => number;

export const monotonicClock: Clock = () => performance.now();

/**
 * Milliseconds since 1970, as this host believes. Only for what is said to other systems or was said by them, such as
 * the age of a signature; expiry is the database's to tell. It follows the host's clock where that is set, and where the
 * host has slept: `performance.timeOrigin` does neither.
 */
export const wallClock: Clock = () => Date.now();
