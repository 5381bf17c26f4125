import { useMutation, useQuery } from '@apollo/client/react';
import { ProfileDocument, type ProfileQuery, type SavedMethodType, SignOutDocument } from '../generated/graphql';
import { session } from '../session/session';
import { VerificationForm } from '../verification/VerificationForm';

type Customer = NonNullable<ProfileQuery['viewer']['customer']>;

/** The customer's contacts, what of them is still to be confirmed, and their saved methods. */
export function Profile() {
  const { data, error, refetch } = useQuery(ProfileDocument);
  const [signOut] = useMutation(SignOutDocument);
  const customer = data?.viewer.customer;

  async function leave() {
    // The gateway ends the session of the token that the call is made with. Without an answer it lapses by itself.
    await signOut({ variables: { input: {} } }).catch(() => {});
    session.signOut();
  }

  if (error && !customer) {
    return (
      <section className="card" role="alert">
        <p>The service cannot be reached.</p>
        <button type="button" onClick={() => refetch()}>
          Try again
        </button>
      </section>
    );
  }
  if (!customer) return <p className="card">Loading…</p>;
  return (
    <>
      <header className="bar">
        <h1>Your contact details</h1>
        <button type="button" className="plain" onClick={leave}>
          Sign out
        </button>
      </header>
      <ContactState customer={customer} />
      <VerificationForm kind="EMAIL" current={primaryOf(customer, 'EMAIL')} />
      <VerificationForm kind="PHONE" current={primaryOf(customer, 'PHONE')} />
      <SavedMethods nodes={customer.savedMethods.nodes} />
    </>
  );
}

function primaryOf({ contactPoints }: Customer, kind: 'EMAIL' | 'PHONE') {
  const primary = contactPoints.find((each) => each.kind === kind && each.isPrimary);
  return primary && { value: primary.value, isVerified: primary.verifiedAt !== null };
}

function ContactState({ customer }: { customer: Customer }) {
  return (
    <section className="card" aria-labelledby="contacts">
      <h2 id="contacts">Contacts</h2>
      <ul className="contacts">
        {customer.contactPoints.map(({ id, value, isPrimary, verifiedAt }) => (
          <li key={id}>
            <span>{value}</span>
            {isPrimary && <small>primary</small>}
            <small className={verifiedAt ? 'good' : 'open'}>{verifiedAt ? 'confirmed' : 'not confirmed'}</small>
          </li>
        ))}
      </ul>
      {customer.contactVerification && (
        <p>
          Email: {stateText(customer.contactVerification.email)}. Phone: {stateText(customer.contactVerification.phone)}
          .
        </p>
      )}
    </section>
  );
}

const stateText = (state: string | null): string =>
  state === null ? 'not required' : state === 'VERIFIED' ? 'confirmed' : 'to be confirmed';

const METHODS: Record<SavedMethodType, string> = {
  APPLE_PAY: 'Apple Pay',
  BANK_ACCOUNT: 'Bank account',
  CARD: 'Card',
  GOOGLE_PAY: 'Google Pay',
  TOKEN: 'Payment method',
};

function SavedMethods({ nodes }: { nodes: Customer['savedMethods']['nodes'] }) {
  return (
    <section className="card" aria-labelledby="methods">
      <h2 id="methods">Saved payment methods</h2>
      {nodes.length === 0 && <p>You have none yet.</p>}
      <ul>
        {nodes.map(({ id, type, brand, last4, expiryMonth, expiryYear }) => (
          <li key={id}>
            {brand ?? METHODS[type]} {last4 && `•••• ${last4}`}{' '}
            {expiryMonth && expiryYear && (
              <small>until {`${String(expiryMonth).padStart(2, '0')}/${expiryYear}`}</small>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
