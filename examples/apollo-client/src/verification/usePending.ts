import { skipToken, useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { PendingDocument } from '../generated/graphql';

/** How long the gateway is left alone while a message is on its way. */
const POLL_MS = 2_000;

/** The verification under way, remembered over a reload for as long as the browser's tab is open. */
export function usePending(kind: string) {
  const key = `identity-pending-${kind}`;
  const [id, setId] = useState(() => sessionStorage.getItem(key) ?? undefined);
  const { data, refetch, startPolling, stopPolling } = useQuery(
    PendingDocument,
    id === undefined ? skipToken : { variables: { id } },
  );
  // What was asked for last stays in `data` while nothing is asked for.
  const verification = id === undefined ? undefined : (data?.verification ?? undefined);
  const isOnItsWay = verification?.status === 'PENDING' && stepOf(verification)?.status === 'QUEUED';

  // An address that does not exist is known to be one only after the answer to the send.
  useEffect(() => {
    if (!isOnItsWay) return;
    startPolling(POLL_MS);
    return stopPolling;
  }, [isOnItsWay, startPolling, stopPolling]);

  function remember(next: string | undefined): void {
    if (next === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, next);
    setId(next);
  }
  return { verification, remember, refetch };
}

/** The step whose message is the latest. */
export const stepOf = <Step>({ steps, currentStepIndex }: { steps: readonly Step[]; currentStepIndex: number }) =>
  steps[currentStepIndex];
