/** GraphiQL on this gateway, and on no other: the endpoint is a constant, whatever the address says. */
import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import './playground.css';
import { takeCredential } from './credential';
import { fetcher } from './fetcher';
import { repairTabRoles } from './tab-roles';
import { tabsFor } from './tabs';

const credential = takeCredential(window.location, window.history);
const tabs = tabsFor(credential);
const [first] = tabs;
// A fresh link to the demo starts with fresh tabs; a reload finds the ones that were open.
if (credential.isDemo) sessionStorage.clear();
const isFresh = sessionStorage.length === 0;

const root = document.getElementById('playground') as HTMLElement;
repairTabRoles(root);
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={tabs}
    defaultHeaders={first.headers}
    {...(isFresh && { initialQuery: first.query, initialVariables: first.variables, initialHeaders: first.headers })}
    defaultEditorToolsVisibility={credential.isDemo ? 'variables' : 'headers'}
    // Kept as long as the browser's tab and no longer: what is in local storage, every later visitor of it has.
    shouldPersistHeaders
    showPersistHeadersSettings={false}
    storage={sessionStorage}
  >
    <GraphiQL.Logo>
      <a className="logo" href="/playground">
        Identity <b>Gateway</b>
      </a>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <p className="hint">
        In test mode nothing is sent and the code is <code>123456</code>. What would have been sent is in the{' '}
        <a href="/inbox" target="_blank" rel="noreferrer">
          inbox
        </a>
        .
      </p>
    </GraphiQL.Footer>
  </GraphiQL>,
);
