/** What `updateWorkspace` is told, each setting checked by itself and named by its argument when it is wrong. */

import { isSupportedCountry } from 'libphonenumber-js/max';
import { faultOfClaims } from '../access/custom-claims.js';
import type { CONNECT_REPLIES, ContactVerificationRule, TokenIssuer } from '../entities/workspace.js';
import { parseDomain } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import { isLoopbackHost } from '../kernel/outbound-url.js';
import { LONGEST_REDIRECT } from '../kernel/redirect.js';
import { canonicalLocale, isRegion } from '../kernel/region.js';
import { readText } from '../messages/text-rules.js';

/** What is left out stays as it is. */
export interface WorkspaceChange {
  readonly name?: string | undefined;
  readonly appName?: string | undefined;
  readonly defaultLocale?: string | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly eligibleCountries?: readonly string[] | undefined;
  readonly contactVerificationPolicy?: readonly ContactVerificationRule[] | undefined;
  readonly connectStampsEmail?: boolean | undefined;
  readonly connectReply?: (typeof CONNECT_REPLIES)[number] | undefined;
  readonly accessTokenClaims?: Readonly<Record<string, unknown>> | undefined;
  /** Null takes it away. */
  readonly autofillDomain?: string | null | undefined;
  readonly tokenIssuers?: readonly TokenIssuer[] | undefined;
}

const LONGEST_NAME = 100;
const LONGEST_APP_NAME = 50;
const MOST_REDIRECT_URIS = 50;
const MOST_RULES = 250;

type Check<Name extends keyof WorkspaceChange> = (
  value: NonNullable<WorkspaceChange[Name]>,
  argument: string,
) => NonNullable<WorkspaceChange[Name]>;

const CHECKS: { readonly [Name in Exclude<keyof WorkspaceChange, 'tokenIssuers'>]-?: Check<Name> } = {
  name(text, argument) {
    const name = text.trim();
    if (name.length < 1 || name.length > LONGEST_NAME || /[\p{Cc}\p{Cs}\p{Bidi_C}]/u.test(name)) {
      throw badInput(argument, `must be 1 to ${LONGEST_NAME} printable characters`);
    }
    return name;
  },
  // It stands in every message, where a link or a number would pass for the gateway's own words.
  appName(text, argument) {
    const read = readText(text, LONGEST_APP_NAME);
    if ('reason' in read) throw badInput(argument, read.reason);
    return read.value;
  },
  defaultLocale(text, argument) {
    return canonicalLocale(text) ?? refuse(argument, 'not a BCP 47 tag, for example en-US');
  },
  redirectUris(uris, argument) {
    if (uris.length > MOST_REDIRECT_URIS) throw badInput(argument, `must be at most ${MOST_REDIRECT_URIS}`);
    return distinct(
      uris.map((uri, index) => redirectUri(uri, `${argument}.${index}`)),
      argument,
    );
  },
  eligibleCountries(countries, argument) {
    const unknown = countries.findIndex((country) => !isSupportedCountry(country));
    if (unknown >= 0)
      throw badInput(`${argument}.${unknown}`, 'not an ISO 3166-1 alpha-2 code of a country with phones');
    return distinct(countries, argument);
  },
  contactVerificationPolicy(rules, argument) {
    if (rules.length > MOST_RULES) throw badInput(argument, `must be at most ${MOST_RULES} rules`);
    for (const [index, { region, channels }] of rules.entries()) {
      if (!isRegion(region)) {
        throw badInput(`${argument}.${index}.region`, 'not an ISO 3166-1 alpha-2 code, and not EU');
      }
      distinct(channels, `${argument}.${index}.channels`);
    }
    distinct(
      rules.map(({ region }) => region),
      argument,
    );
    return rules.map(({ region, channels }) => ({ region, channels: [...channels] }));
  },
  connectStampsEmail: (value) => value,
  connectReply: (value) => value,
  accessTokenClaims(claims, argument) {
    const fault = faultOfClaims(claims);
    if (fault !== undefined) throw badInput(argument, fault);
    return claims;
  },
  autofillDomain(text, argument) {
    return parseDomain(text.trim()) ?? refuse(argument, 'not a domain name, for example example.com');
  },
};

/**
 * The settings as they are stored, without `tokenIssuers`, whose check asks the network.
 * @throws {GatewayError} BAD_USER_INPUT naming the first that is wrong
 */
export function checkedChange({ tokenIssuers: _, ...change }: WorkspaceChange): WorkspaceChange {
  const checked = Object.entries(change).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const check = CHECKS[name as keyof typeof CHECKS] as (value: unknown, argument: string) => unknown;
    return [[name, value === null ? null : check(value, `input.${name}`)]];
  });
  return Object.fromEntries(checked) as WorkspaceChange;
}

// Compared exactly when a link names one, so what is stored is what the URL standard writes.
function redirectUri(text: string, argument: string): string {
  if (text.length > LONGEST_REDIRECT || /[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) {
    throw badInput(argument, 'not an absolute URL');
  }
  const { protocol, hostname, username, password, hash, href } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
  if (!isSafe) throw badInput(argument, 'must start with https://, or with http:// on localhost');
  if (username !== '' || password !== '') throw badInput(argument, 'must name no user');
  if (hash !== '' || text.includes('#')) throw badInput(argument, 'must have no fragment');
  if (text.includes('*')) throw badInput(argument, 'must have no wildcard: URIs are compared exactly');
  // Letters beyond ASCII are longer when they are encoded, and a link to it is stored so.
  if (href.length > LONGEST_REDIRECT)
    throw badInput(argument, `must have ${LONGEST_REDIRECT} characters at most, encoded`);
  return href;
}

function distinct<Item>(items: readonly Item[], argument: string): Item[] {
  if (new Set(items).size < items.length) throw badInput(argument, 'must name each once');
  return [...items];
}

function refuse(argument: string, reason: string): never {
  throw badInput(argument, reason);
}
