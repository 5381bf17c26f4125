import { ApolloProvider } from '@apollo/client/react';
import { StrictMode, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { Profile } from './profile/Profile';
import { createClient } from './session/client';
import { SignIn } from './session/SignIn';
import { session } from './session/session';
import './style.css';

// Safe in a page: a publishable key starts sessions and keeps them, and does nothing else.
const publishableKey = import.meta.env['VITE_PUBLISHABLE_KEY'] as string;
const client = createClient({ uri: '/graphql', publishableKey });

function App() {
  const { tokens, hasLapsed } = useSyncExternalStore(session.subscribe, session.current);
  return <main>{tokens ? <Profile /> : <SignIn hasLapsed={hasLapsed} />}</main>;
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <App />
    </ApolloProvider>
  </StrictMode>,
);
