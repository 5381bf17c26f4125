/** Which URLs may be called with credentials. */
/** Why a base URL must not be called, or undefined where it may. Never repeats the URL: it can hold a secret. */
export function faultOfBaseUrl(text: string, allowLoopback: boolean): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL';
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username || password) return 'must not hold a user or a password';
  if (search || hash) return 'must not hold a query or a fragment';
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:' && allowLoopback && isLoopbackHost(hostname)) return undefined;
  return 'must start with https://, or outside production with http:// to this machine';
}

/** True for the host of a parsed URL that can only be this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
