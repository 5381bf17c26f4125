import { useFocus } from './useFocus';

interface ConfirmedProps {
  readonly value: string;
  readonly name: string;
  readonly takesFocus: boolean;
  readonly onChange: () => void;
}

/** What stands where there is nothing left to confirm. */
export function Confirmed({ value, name, takesFocus, onChange }: ConfirmedProps) {
  const button = useFocus<HTMLButtonElement>(takesFocus);
  return (
    <>
      <p>
        {value} <small className="good">confirmed</small>
      </p>
      <button ref={button} type="button" className="plain" onClick={onChange}>
        Change {name}
      </button>
    </>
  );
}
