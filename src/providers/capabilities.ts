/** What a provider can do, and what of a send it cannot. Nothing is clamped: what does not fit is refused. */

import { BOUNDS } from '../entities/verification.js';
import type { Channel } from '../entities/verification-step.js';
import { languageIn } from '../kernel/region.js';

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface ChannelCapabilities {
  /** Whether a caller's own words can be sent: `customMessage`, or the `content` of an email. */
  readonly customText: boolean;
  /** Whether a caller can say whom a message is from, or by which names only. */
  readonly senderId: boolean | { readonly like: RegExp; readonly limit: string };
  /** Languages (RFC 5646 primary subtags) in which it speaks. `ANY`: in the gateway's own words. */
  readonly languages: 'ANY' | readonly string[];
}

/** What a vendor has to be told of whom it verifies, beyond the address. */
export const NEEDS = {
  email: 'a primary email of the customer',
  primary: 'the primary contact of the customer as the recipient',
  userToken: 'a user token of the caller',
} as const;
export type Need = keyof typeof NEEDS;

export interface Capabilities {
  readonly channels: Readonly<Partial<Record<Channel, ChannelCapabilities>>>;
  readonly codeLength: Range;
  readonly timeoutSeconds: Range;
  readonly maxAttempts: Range;
  /** Whether it tells later what became of a message. */
  readonly deliveryReports: boolean;
  /** Whether a message that comes twice with one id is sent once. */
  readonly idempotent: boolean;
  readonly needs?: readonly Need[];
}

/** What a code of the gateway's own may be: whoever only carries it has no say in it. */
export const OWN_CODE: Pick<Capabilities, 'codeLength' | 'timeoutSeconds' | 'maxAttempts'> = BOUNDS;

const NO_SENDER = { like: /(?!)/, limit: 'has a sender of its own' };

/** What is asked of the provider of one step. */
export interface Wanted {
  readonly channel: Channel;
  /** Absent for a link, as `maxAttempts` is. */
  readonly codeLength?: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts?: number;
  /** As the caller named it; undefined where it was chosen for them. */
  readonly locale: string | undefined;
  readonly customText: boolean;
  /** Absent: not named by the caller. */
  readonly senderId?: string | undefined;
  /** What can be told; nothing where it is left out. */
  readonly told?: readonly Need[];
}

export type WantedTerm = Exclude<keyof Wanted, 'channel' | 'told'> | Need;

export interface Shortfall {
  readonly term: WantedTerm;
  /** What it can do instead, for the caller: `takes 6 to 10`. */
  readonly limit: string;
}

/** What this provider cannot do of what is wanted, or undefined where it can do all of it. */
export function shortfallOf(capabilities: Capabilities, wanted: Wanted): Shortfall | undefined {
  const channel = capabilities.channels[wanted.channel];
  if (!channel) throw new TypeError(`not a provider of ${wanted.channel}`);
  for (const term of ['codeLength', 'timeoutSeconds', 'maxAttempts'] as const) {
    const { min, max } = capabilities[term];
    const asked = wanted[term];
    if (asked !== undefined && (asked < min || asked > max))
      return { term, limit: min === max ? `takes ${min} only` : `takes ${min} to ${max}` };
  }
  if (wanted.customText && !channel.customText) return { term: 'customText', limit: 'sends no text of a caller' };
  if (wanted.senderId !== undefined && channel.senderId !== true) {
    const { like, limit } = channel.senderId || NO_SENDER;
    if (!like.test(wanted.senderId)) return { term: 'senderId', limit };
  }
  const untold = capabilities.needs?.find((need) => !wanted.told?.includes(need));
  if (untold) return { term: untold, limit: `needs ${NEEDS[untold]}` };
  const { languages } = channel;
  if (wanted.locale !== undefined && languages !== 'ANY' && !languages.includes(languageIn(wanted.locale)))
    return { term: 'locale', limit: `speaks ${languages.join(', ')}` };
  return undefined;
}

export const carries = ({ channels }: Capabilities, channel: Channel): boolean => channels[channel] !== undefined;
