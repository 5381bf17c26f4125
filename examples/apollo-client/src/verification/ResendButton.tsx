import { useSecondsUntil } from './useSecondsUntil';

interface ResendButtonProps {
  readonly resendAt: string | undefined;
  readonly isBusy: boolean;
  readonly onResend: () => void;
}

/** Stays in the order of focus while it counts down, so that nobody who uses a keyboard loses their place. */
export function ResendButton({ resendAt, isBusy, onResend }: ResendButtonProps) {
  const seconds = useSecondsUntil(resendAt);
  const isOff = isBusy || seconds > 0;
  return (
    <button type="button" className="plain" aria-disabled={isOff} onClick={() => !isOff && onResend()}>
      {seconds > 0 ? `Send again in ${seconds} s` : 'Send again'}
    </button>
  );
}
