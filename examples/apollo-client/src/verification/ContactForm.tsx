import { type FormEvent, useId, useState } from 'react';
import { withPlainDigits } from './digits';
import { useFocus } from './useFocus';
import type { ContactKind } from './useVerification';

const FIELDS = {
  EMAIL: { label: 'Email address', type: 'email', autoComplete: 'email', example: 'name@example.com' },
  PHONE: { label: 'Phone number', type: 'tel', autoComplete: 'tel', example: '+49 1512 3456789' },
} as const;

interface ContactFormProps {
  readonly kind: ContactKind;
  /** What stands in the field at first. */
  readonly start: string;
  readonly takesFocus: boolean;
  readonly isBusy: boolean;
  /** The id of the text that says what became of the last send. */
  readonly describedBy: string;
  readonly onSend: (contact: string) => void;
}

/** Asks where the code is to go. */
export function ContactForm({ kind, start, takesFocus, isBusy, describedBy, onSend }: ContactFormProps) {
  const id = useId();
  const [contact, setContact] = useState(start);
  const field = useFocus<HTMLInputElement>(takesFocus);
  const { label, type, autoComplete, example } = FIELDS[kind];

  function submit(event: FormEvent) {
    event.preventDefault();
    // People write numbers in groups; the gateway takes E.164.
    onSend(kind === 'PHONE' ? withPlainDigits(contact).replace(/[^\d+]/g, '') : contact.trim());
  }

  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <input
        ref={field}
        id={id}
        type={type}
        autoComplete={autoComplete}
        placeholder={example}
        required
        aria-describedby={describedBy}
        value={contact}
        onChange={(event) => setContact(event.target.value)}
      />
      <button type="submit" disabled={isBusy}>
        Send a code
      </button>
    </form>
  );
}
