/** Which URLs paths can be put behind, and which of them may be called with credentials. */

/** Why nothing can be put behind a URL, or undefined where a path can. Never repeats the URL: it can hold a secret. */
export function faultOfBase(text: string): string | undefined {
  // The standard's parser leaves blanks out, and what is put behind the text would not.
  if (!URL.canParse(text) || /[\s\p{Cc}\\]/u.test(text)) return 'must be a URL, without blanks';
  const { username, password } = new URL(text);
  if (username || password) return 'must not hold a user or a password';
  // One that is empty takes what is put behind it as well.
  if (/[?#]/.test(text)) return 'must not hold a query or a fragment';
  return undefined;
}

/** Why a base URL must not be called, or undefined where it may. Never repeats the URL: it can hold a secret. */
export function faultOfBaseUrl(text: string, allowLoopback: boolean): string | undefined {
  const fault = faultOfBase(text);
  if (fault !== undefined) return fault;
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:' && allowLoopback && isLoopbackHost(hostname)) return undefined;
  return 'must start with https://, or outside production with http:// to this machine';
}

/** True for the host of a parsed URL that can only be this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
