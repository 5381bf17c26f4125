/**
 * Confirms an email address or a phone number of the customer who is signed in: ask for a code, enter it, ask again.
 * It remembers where it was over a reload, and says everything that can go wrong in the customer's words.
 */
import { useState } from 'react';
import { Confirmed } from './Confirmed';
import { ContactForm } from './ContactForm';
import { OneTimeCode } from './OneTimeCode';
import { ResendButton } from './ResendButton';
import { stepOf } from './usePending';
import { type ContactKind, useVerification } from './useVerification';

interface VerificationFormProps {
  readonly kind: ContactKind;
  /** The customer's contact of this kind. */
  readonly current: { readonly value: string; readonly isVerified: boolean } | undefined;
}

export function VerificationForm({ kind, current }: VerificationFormProps) {
  const { verification, isBusy, hasActed, said, resendAt, send, resend, enter, forget } = useVerification(kind);
  const [isChanging, setIsChanging] = useState(false);
  const name = kind === 'EMAIL' ? 'email' : 'phone';
  const heading = `${name}-heading`;
  const messageId = `${name}-message`;

  async function confirm(id: string, code: string): Promise<boolean> {
    const isAnswered = await enter(id, code);
    if (isAnswered) setIsChanging(false);
    return isAnswered;
  }

  function content() {
    if (verification?.status === 'PENDING') {
      const { id, codeLength } = verification;
      return (
        <>
          <p>The code goes to {stepOf(verification)?.to}.</p>
          <OneTimeCode
            length={codeLength}
            isBySms={kind === 'PHONE'}
            takesFocus={hasActed}
            isBusy={isBusy}
            describedBy={messageId}
            onEnter={(code) => confirm(id, code)}
          >
            <ResendButton resendAt={resendAt} isBusy={isBusy} onResend={() => resend(id)} />
            <button type="button" className="plain" onClick={forget}>
              Use another {name}
            </button>
          </OneTimeCode>
        </>
      );
    }
    if (current?.isVerified && (!verification || verification.status === 'VERIFIED') && !isChanging) {
      return <Confirmed value={current.value} name={name} takesFocus={hasActed} onChange={() => setIsChanging(true)} />;
    }
    const start = current?.isVerified ? '' : (current?.value ?? '');
    return (
      <ContactForm
        kind={kind}
        start={start}
        takesFocus={hasActed || isChanging}
        isBusy={isBusy}
        describedBy={messageId}
        onSend={send}
      />
    );
  }

  return (
    <section className="card" aria-labelledby={heading}>
      <h2 id={heading}>{kind === 'EMAIL' ? 'Email' : 'Phone'}</h2>
      {content()}
      <p id={messageId} role="status" className="said">
        {said}
      </p>
    </section>
  );
}
