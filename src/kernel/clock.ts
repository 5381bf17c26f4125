/** Milliseconds since some fixed moment, never going back: for the age of caches. Expiry is the database's to tell. */
export type Clock = () => number;

export const monotonicClock: Clock = () => performance.now();
