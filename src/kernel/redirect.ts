/**
 * Where a link may lead on to. Both sides of the comparison are read by the parser that the browser will use (WHATWG
 * URL): text that is compared as text means one host to the list and another to the browser.
 */
import { isLoopbackHost } from './outbound-url.js';

// The parser drops tabs and line breaks, trims spaces and turns backslashes around: such text is never what it looks
// like. A fragment would stay behind the result that is added.
const AMBIGUOUS = /[\p{C}\p{Z}\\#]/u;
const USERINFO = /^[^/]*\/\/[^/?]*@/;
const TWO_SLASHES = /^https?:\/\/[^/]/i;

/** Characters of a serialized URL at most: what a column of links holds. */
export const LONGEST_REDIRECT = 2_048;

/** The serialized URL, or undefined for text that no link may lead to: only https, and http on this machine. */
export function parseRedirectUri(text: string): string | undefined {
  if (AMBIGUOUS.test(text) || USERINFO.test(text) || !TWO_SLASHES.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, href } = new URL(text);
  const isSafe = protocol === 'https:' || isLoopbackHost(hostname);
  return isSafe && href.length <= LONGEST_REDIRECT ? href : undefined;
}

/** The entry of a workspace's list that this text stands for, or undefined. The entry is used, never the text. */
export function allowedRedirect(list: readonly string[], text: string): string | undefined {
  const wanted = parseRedirectUri(text);
  return wanted === undefined ? undefined : list.find((entry) => parseRedirectUri(entry) === wanted);
}

const nameOf = (pair: string): string | undefined => new URLSearchParams(pair).keys().next().value;

/** The redirect with the outcome as its one `result`; the rest of the query stays as it was written. */
export function withResult(redirectUri: string, result: boolean): string {
  const url = new URL(redirectUri);
  const kept = url.search.slice(1).split('&');
  url.search = [...kept.filter((pair) => pair !== '' && nameOf(pair) !== 'result'), `result=${result}`].join('&');
  return url.href;
}
