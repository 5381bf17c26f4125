import { useState } from 'react';
import { failureText } from './texts';

/** One call at a time, and what there is to say about the last one. */
export function useAct() {
  const [isBusy, setIsBusy] = useState(false);
  const [hasActed, setHasActed] = useState(false);
  const [message, setMessage] = useState({ text: '', ofPending: false });

  const say = (text: string) => setMessage({ text, ofPending: false });

  /** Whether there was an answer. */
  async function act(work: () => Promise<void>): Promise<boolean> {
    if (isBusy) return false;
    setIsBusy(true);
    setHasActed(true);
    // A live region says a text again only after it was empty.
    say('');
    try {
      await work();
      return true;
    } catch (error) {
      say(failureText(error));
      return false;
    } finally {
      setIsBusy(false);
    }
  }

  return { isBusy, hasActed, message, setHasActed, setMessage, say, act };
}
