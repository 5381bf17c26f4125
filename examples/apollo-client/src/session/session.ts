/**
 * The customer who is signed in, for as long as the browser's tab is open. Any script of the page can read the tokens:
 * they are kept so that a reload does not sign out, and are worth 45 minutes at most. A page that holds more than a
 * form keeps them in memory.
 */
export interface Tokens {
  readonly accessToken: string;
  /** Good once: whoever shows it a second time ends the session. */
  readonly refreshToken: string;
  /** Milliseconds since the epoch, by the clock of this machine. */
  readonly expiresAt: number;
}

interface State {
  readonly tokens: Tokens | undefined;
  /** Whether the gateway has ended the last session, and not the customer. */
  readonly hasLapsed: boolean;
}

const KEY = 'identity-session';
const listeners = new Set<() => void>();
let state: State = { tokens: read(), hasLapsed: false };

function read(): Tokens | undefined {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? undefined : (JSON.parse(kept) as Tokens);
}

function become(next: State): void {
  state = next;
  if (next.tokens) sessionStorage.setItem(KEY, JSON.stringify(next.tokens));
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

export const session = {
  current: (): State => state,
  start(given: { accessToken: string; refreshToken: string; expiresInSeconds: number }): void {
    const { accessToken, refreshToken, expiresInSeconds } = given;
    const expiresAt = Date.now() + expiresInSeconds * 1000;
    become({ tokens: { accessToken, refreshToken, expiresAt }, hasLapsed: false });
  },
  signOut: (): void => become({ tokens: undefined, hasLapsed: false }),
  lapse: (): void => become({ tokens: undefined, hasLapsed: true }),
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
