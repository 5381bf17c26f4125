import { useApolloClient } from '@apollo/client/react';
import { useRef, useState } from 'react';
import {
  ConfirmDocument,
  type ProblemFragment,
  SendAgainDocument,
  type SendAgainMutation,
  SendToEmailDocument,
  SendToPhoneDocument,
} from '../generated/graphql';
import { endedText, incorrectText, problemText } from './texts';
import { useAct } from './useAct';
import { usePending } from './usePending';

export type ContactKind = 'EMAIL' | 'PHONE';

/** One verification at a time: what can be done about it, how far it is, and what there is to say. */
export function useVerification(kind: ContactKind) {
  const client = useApolloClient();
  const { verification, remember, refetch } = usePending(kind);
  const { isBusy, hasActed, message, setHasActed, setMessage, say, act } = useAct();
  const [tooSoonUntil, setTooSoonUntil] = useState('');
  const unanswered = useRef({ contact: '', idempotencyKey: '' });

  function refuse({ code, retryAfterSeconds }: ProblemFragment): void {
    say(problemText(code, retryAfterSeconds));
    // The gateway's word counts, and not the clock of this machine.
    if (code === 'TOO_SOON') setTooSoonUntil(new Date(Date.now() + (retryAfterSeconds ?? 1) * 1000).toISOString());
  }

  function follow(outcome: SendAgainMutation['sent'] | undefined, said: string): void {
    if (outcome?.__typename === 'Refused') refuse(outcome);
    if (outcome?.__typename !== 'VerificationSent') return;
    remember(outcome.verification.id);
    setMessage({ text: said, ofPending: true });
  }

  // How far it is now. What became of the call has been said, whether or not this is answered.
  const readAgain = () => void refetch().catch(() => {});

  const send = (contact: string) =>
    act(async () => {
      // One key for all tries of a send: a lost answer does not become a second message.
      if (unanswered.current.contact !== contact) unanswered.current = { contact, idempotencyKey: crypto.randomUUID() };
      const { idempotencyKey } = unanswered.current;
      const { data } =
        kind === 'EMAIL'
          ? await client.mutate({
              mutation: SendToEmailDocument,
              variables: { input: { email: contact, idempotencyKey } },
            })
          : await client.mutate({
              mutation: SendToPhoneDocument,
              variables: { input: { phoneNumber: contact, idempotencyKey } },
            });
      unanswered.current = { contact: '', idempotencyKey: '' };
      follow(data?.sent, 'We sent a code.');
    });

  const resend = (verificationId: string) =>
    act(async () => {
      const { data } = await client.mutate({ mutation: SendAgainDocument, variables: { input: { verificationId } } });
      follow(data?.sent, 'We sent the code again.');
      if (data?.sent.__typename === 'Refused') readAgain();
    });

  const enter = (verificationId: string, code: string) =>
    act(async () => {
      // A page for one address of each kind: the one that was confirmed last is the one that counts.
      const input = { verificationId, code, updatePrimary: true };
      const { data } = await client.mutate({ mutation: ConfirmDocument, variables: { input } });
      const outcome = data?.confirmed;
      if (outcome?.__typename === 'VerificationConfirmed') {
        remember(undefined);
        return say('Confirmed.');
      }
      if (outcome?.__typename === 'CodeIncorrect') say(incorrectText(outcome.attemptsLeft));
      if (outcome?.__typename === 'Refused') refuse(outcome);
      readAgain();
    });

  function forget(): void {
    setHasActed(true);
    remember(undefined);
    say('');
  }

  const resendAt = [verification?.resendAvailableAt ?? '', tooSoonUntil].sort().at(-1);
  // A verification that ends by itself takes back what was said when it was sent.
  const isStale = message.ofPending && verification?.status !== 'PENDING';
  const said = (isStale ? '' : message.text) || (verification ? endedText(verification) : '');
  return { verification, isBusy, hasActed, said, resendAt, send, resend, enter, forget };
}
