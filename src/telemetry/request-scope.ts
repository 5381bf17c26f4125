/** The id of the request under way, for the places that are handed nothing: the one exit for errors, and the log. */
import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

export function runInRequest<T>(requestId: string, work: () => T): T {
  return scope.run(requestId, work);
}

/** The id of the request under way, or undefined outside of one. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}
