/**
 * Reading the documents of a workspace's identity provider. The address is a caller's, so it is fetched with nothing
 * trusted: no redirect is followed, time and size are bounded, and in production only the internet is reached.
 */

import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isLoopbackHost } from '../kernel/outbound-url.js';
import { isPublicAddress } from './public-address.js';

/** For one document, from the name lookup to its last byte. */
export const DOCUMENT_TIMEOUT_MS = 5_000;
/** Bytes of a document at most. */
export const DOCUMENT_LIMIT = 100_000;

export interface IssuerDocuments {
  /** Why no document is fetched from this URL, in words for a developer, or undefined where one may be. */
  faultOf(url: string): string | undefined;
  /**
   * The JSON document at a URL.
   * @throws {Error} where there is none, whatever the reason
   */
  read(url: string): Promise<unknown>;
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const resolveAll: Resolve = (hostname) => lookup(hostname, { all: true });

/** @param production whether only public addresses are reached, and by TLS only */
export function createIssuerDocuments(production: boolean, resolve = resolveAll): IssuerDocuments {
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
    async read(url) {
      const fault = faultOf(url);
      if (fault !== undefined) throw new Error(`The URL of an issuer's document ${fault}`);
      return JSON.parse(await readText(new URL(url), lookupWith(resolve, production)));
    },
  };
}

function readText(url: URL, lookupAddress: LookupFunction): Promise<string> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'identity-gateway' };
  const signal = AbortSignal.timeout(DOCUMENT_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    // A connection of its own: one kept open would outlive the check of its address.
    const call = request(url, { headers, signal, lookup: lookupAddress, agent: false }, async (response) => {
      try {
        if (response.statusCode !== 200) throw new Error(`An issuer's document answered ${response.statusCode}`);
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          size += chunk.length;
          if (size > DOCUMENT_LIMIT) throw new Error(`An issuer's document is longer than ${DOCUMENT_LIMIT} bytes`);
          chunks.push(chunk);
        }
        resolve(Buffer.concat(chunks).toString('utf8'));
      } catch (error) {
        reject(error);
      } finally {
        call.destroy();
      }
    });
    call.on('error', reject).end();
  });
}

// The very addresses that the connection is made to are judged: a name that is looked up twice may say something else
// the second time (DNS rebinding).
const lookupWith =
  (resolve: Resolve, publicOnly: boolean): LookupFunction =>
  (hostname, { all }, done) => {
    const judge = (found: LookupAddress[]): void => {
      const [first] = found;
      if (!first || (publicOnly && !found.every(({ address }) => isPublicAddress(address)))) done(NOT_PUBLIC, '', 0);
      else if (all) done(null, found);
      else done(null, first.address, first.family);
    };
    void resolve(hostname).then(judge, (error: NodeJS.ErrnoException) => done(error, '', 0));
  };

const NOT_PUBLIC: NodeJS.ErrnoException = new Error("An issuer's host has an address that is not public");
