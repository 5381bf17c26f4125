import { useCallback, useSyncExternalStore } from 'react';

function everyHalfSecond(notify: () => void): () => void {
  const timer = setInterval(notify, 500);
  return () => clearInterval(timer);
}

/** Whole seconds until a time in RFC 3339, counted down; 0 once it has passed, and where there is none. */
export function useSecondsUntil(time: string | null | undefined): number {
  const left = useCallback(() => (time ? Math.max(0, Math.ceil((Date.parse(time) - Date.now()) / 1000)) : 0), [time]);
  return useSyncExternalStore(everyHalfSecond, left);
}
