import { type RefObject, useEffect, useRef } from 'react';

/** Moves the focus to what the customer's own action has brought up, where it would else be lost with what is gone. */
export function useFocus<Target extends HTMLElement>(isWanted: boolean): RefObject<Target | null> {
  const target = useRef<Target>(null);
  useEffect(() => {
    if (isWanted) target.current?.focus();
  }, [isWanted]);
  return target;
}
