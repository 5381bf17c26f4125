/**
 * Calls to URLs that a caller named. They are made with nothing trusted: no redirect is followed, time is bounded, and
 * in production only the internet is reached, so that nobody uses the gateway to look behind its walls.
 */
import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isLoopbackHost } from '../kernel/outbound-url.js';
import { isPublicAddress } from '../kernel/public-address.js';

export interface OutsideCall {
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it, from the name lookup to the last byte. */
  readonly timeoutMs: number;
}

export interface Outside {
  /** Why a URL is not called, in words for a developer, or undefined where it may be. */
  faultOf(url: string): string | undefined;
  /**
   * Makes one call on a connection of its own, which is gone when `read` has ended.
   * @throws {Error} where there is no answer, whatever the reason
   */
  call<T>(url: string, call: OutsideCall, read: (response: IncomingMessage) => Promise<T>): Promise<T>;
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const resolveAll: Resolve = (hostname) => lookup(hostname, { all: true });

const DNS = { timeout: 2_000, tries: 2 };

/**
 * Asks name servers without the system. The system's lookups share two threads of the process: two names of a caller's,
 * whose servers never answer, would keep every other name waiting, those of providers too.
 *
 * @param servers absent: those of the system
 */
export function resolverOf(servers?: readonly string[]): Resolve {
  const resolver = new Resolver(DNS);
  if (servers) resolver.setServers(servers);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = [v4, v6].flatMap((answer, index) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 })) : [],
    );
    if (found.length === 0 && v4.status === 'rejected') throw v4.reason;
    return found;
  };
}

/** @param production whether only public addresses are reached, and by TLS only; names of this machine's own are none */
export function createOutside(production: boolean, resolve: Resolve = production ? resolverOf() : resolveAll): Outside {
  const lookupAddress = lookupWith(resolve, production);
  const faultOf = (text: string): string | undefined => {
    if (!URL.canParse(text)) return 'not an absolute URL';
    const { protocol, hostname, username, password } = new URL(text);
    if (username !== '' || password !== '') return 'must name no user';
    if (text.includes('#')) return 'must have no fragment';
    if (protocol === 'http:' && !production && isLoopbackHost(hostname)) return undefined;
    if (protocol !== 'https:') return 'must start with https://';
    // For a literal address no lookup is made, so the lookup below cannot refuse it.
    const isLiteral = /^\[.*\]$|^[\d.]+$/.test(hostname);
    const isInside = isLoopbackHost(hostname) || (isLiteral && !isPublicAddress(hostname.replace(/^\[|\]$/g, '')));
    return production && isInside ? 'must be a public address' : undefined;
  };
  return {
    faultOf,
    call: async (text, call, read) => {
      const fault = faultOf(text);
      if (fault !== undefined) throw new Error(`The URL ${fault}`);
      return exchange(new URL(text), call, lookupAddress, read);
    },
  };
}

function exchange<T>(
  url: URL,
  { method = 'GET', headers, body, timeoutMs }: OutsideCall,
  lookupAddress: LookupFunction,
  read: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options = {
    method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'identity-gateway', ...headers },
    signal: AbortSignal.timeout(timeoutMs),
    lookup: lookupAddress,
    // A connection of its own: one kept open would outlive the check of its address.
    agent: false,
  };
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const call = request(url, options, async (response) => {
      isAnswered = true;
      try {
        resolve(await read(response));
      } catch (error) {
        reject(error);
      } finally {
        call.destroy();
      }
    });
    // An answer of 101 is neither a response nor an error to Node: it would be waited for without end.
    call.on('close', () => !isAnswered && reject(noAnswer()));
    call.on('error', reject).end(body);
  });
}

// The very addresses that the connection is made to are judged: a name that is looked up twice may say something else
// the second time (DNS rebinding).
const lookupWith =
  (resolve: Resolve, publicOnly: boolean): LookupFunction =>
  (hostname, { all }, done) => {
    const judge = (found: LookupAddress[]): void => {
      const [first] = found;
      if (!first || (publicOnly && !found.every(({ address }) => isPublicAddress(address)))) done(notPublic(), '', 0);
      else if (all) done(null, found);
      else done(null, first.address, first.family);
    };
    void resolve(hostname).then(judge, (error: NodeJS.ErrnoException) => done(error, '', 0));
  };

const noAnswer = (): NodeJS.ErrnoException =>
  Object.assign(new Error('The connection was closed without an answer'), { code: 'ENOANSWER' });

const notPublic = (): NodeJS.ErrnoException =>
  Object.assign(new Error('The host has an address that is not public'), { code: 'ENOTPUBLIC' });
