/** The demo's key comes in the address's fragment, which browsers send to no server. */
export interface Credential {
  /** The text of the Authorization header's key, or a placeholder. */
  readonly key: string;
  readonly customerId: string;
  readonly isDemo: boolean;
}

// A test key of a demo and nothing else: a link must not be able to plant a live one.
const TEST_KEY = /^sk_test_[0-9A-Za-z]{50}$/;
const CUSTOMER = /^Customer:[0-9a-f-]{36}$/;

/** Reads the fragment and takes it out of the address, so that neither history nor a screenshot keeps the key. */
export function takeCredential(location: Location, history: History): Credential {
  const given = new URLSearchParams(location.hash.slice(1));
  const key = given.get('key') ?? '';
  const customerId = given.get('customer') ?? '';
  if (location.hash || location.search) history.replaceState(null, '', location.pathname);
  const isDemo = TEST_KEY.test(key);
  return {
    // Of ASCII: a header takes nothing else, and the gateway is to say that this is no key.
    key: isDemo ? key : 'sk_test_... (paste a key)',
    customerId: isDemo && CUSTOMER.test(customerId) ? customerId : 'Customer:... (paste an id)',
    isDemo,
  };
}
