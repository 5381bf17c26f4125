import { type FormEvent, type ReactNode, useEffect, useEffectEvent, useId, useState } from 'react';
import { withPlainDigits } from './digits';
import { useFocus } from './useFocus';

interface OneTimeCodeProps {
  readonly length: number;
  /** Whether the code comes by SMS, from which phones can read it by themselves. */
  readonly isBySms: boolean;
  readonly takesFocus: boolean;
  readonly isBusy: boolean;
  /** The id of the text that says what became of the last code. */
  readonly describedBy: string;
  /** Whether there was an answer: then the code is spent, and pressing Enter twice must not cost two tries. */
  readonly onEnter: (code: string) => Promise<boolean>;
  readonly children: ReactNode;
}

interface OtpCredential extends Credential {
  readonly code: string;
}

/**
 * One field for the whole code: phones fill it in (`autocomplete="one-time-code"`, and WebOTP where the message ends
 * with `@domain #code`), a code is pasted with spaces and all, and a screen reader finds one field, not six.
 */
export function OneTimeCode(props: OneTimeCodeProps) {
  const { length, isBySms, takesFocus, isBusy, describedBy, onEnter, children } = props;
  const id = useId();
  const [code, setCode] = useState('');
  const field = useFocus<HTMLInputElement>(takesFocus);
  const fill = useEffectEvent((text: string) => setCode(withPlainDigits(text).replace(/\D/g, '').slice(0, length)));

  useEffect(() => {
    if (!isBySms || !('OTPCredential' in window)) return;
    const leaving = new AbortController();
    const request = { otp: { transport: ['sms'] }, signal: leaving.signal } as CredentialRequestOptions;
    navigator.credentials.get(request).then(
      (credential) => credential && fill((credential as OtpCredential).code),
      // Declined, or left: the customer types it.
      () => {},
    );
    return () => leaving.abort();
  }, [isBySms]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (await onEnter(code)) setCode('');
    field.current?.focus();
  }

  return (
    <form onSubmit={submit} className="code">
      <label htmlFor={id}>Code, {length} digits</label>
      <input
        ref={field}
        id={id}
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern={`\\d{${length}}`}
        required
        aria-describedby={describedBy}
        value={code}
        onChange={(event) => fill(event.target.value)}
      />
      <button type="submit" disabled={isBusy || code.length < length}>
        Confirm
      </button>
      {children}
    </form>
  );
}
