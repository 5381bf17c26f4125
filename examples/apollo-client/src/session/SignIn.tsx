import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { SignInCodeDocument, SignInDocument } from '../generated/graphql';
import { OneTimeCode } from '../verification/OneTimeCode';
import { failureText } from '../verification/texts';
import { useFocus } from '../verification/useFocus';
import { session } from './session';

const CODE_LENGTH = 6;

/** Signs in with an email: the code goes to the phone that the business knows for it. */
export function SignIn({ hasLapsed }: { readonly hasLapsed: boolean }) {
  const [email, setEmail] = useState('');
  const [isAsked, setIsAsked] = useState(false);
  const [message, setMessage] = useState(hasLapsed ? 'You were signed out. Sign in again.' : '');
  const [send, sending] = useMutation(SignInCodeDocument);
  const [confirm, confirming] = useMutation(SignInDocument, { fetchPolicy: 'no-cache' });

  async function ask(event: FormEvent) {
    event.preventDefault();
    setMessage('');
    try {
      const { data } = await send({ variables: { input: { email } } });
      // One answer for every refusal: whether somebody is enrolled is not this page's to know.
      if (data?.sendConnectCode.sent) setIsAsked(true);
      else setMessage('We cannot send a code for this email now.');
    } catch (error) {
      setMessage(failureText(error));
    }
  }

  async function enter(code: string): Promise<boolean> {
    setMessage('');
    try {
      const { data } = await confirm({ variables: { input: { email, code } } });
      if (data?.confirmConnectCode.__typename === 'CustomerSession') session.start(data.confirmConnectCode);
      else setMessage('This code is not right, or no longer good. Check it, or ask for a new one.');
      return true;
    } catch (error) {
      setMessage(failureText(error));
      return false;
    }
  }

  return (
    <section className="card" aria-labelledby="sign-in">
      <h1 id="sign-in">Sign in</h1>
      {isAsked ? (
        <>
          <p>We sent a code to the phone we know for {email}.</p>
          <OneTimeCode
            length={CODE_LENGTH}
            isBySms
            takesFocus
            isBusy={confirming.loading}
            describedBy="said"
            onEnter={enter}
          >
            <button type="button" className="plain" onClick={() => setIsAsked(false)}>
              Ask for a new code
            </button>
          </OneTimeCode>
        </>
      ) : (
        <AskForm email={email} isBusy={sending.loading} onEmail={setEmail} onSubmit={ask} />
      )}
      <p id="said" role="status" className="said">
        {message}
      </p>
    </section>
  );
}

interface AskFormProps {
  readonly email: string;
  readonly isBusy: boolean;
  readonly onEmail: (email: string) => void;
  readonly onSubmit: (event: FormEvent) => void;
}

function AskForm({ email, isBusy, onEmail, onSubmit }: AskFormProps) {
  const field = useFocus<HTMLInputElement>(true);
  return (
    <form onSubmit={onSubmit}>
      <label htmlFor="sign-in-email">Email</label>
      <input
        ref={field}
        id="sign-in-email"
        type="email"
        autoComplete="email"
        required
        aria-describedby="said"
        value={email}
        onChange={(event) => onEmail(event.target.value)}
      />
      <button type="submit" disabled={isBusy}>
        Send me a code
      </button>
    </form>
  );
}
