/**
 * The look and the words that a caller gives to an email. Words come in typed slots and never as a template, so
 * nobody can be led anywhere by them.
 */
import { COLOR } from './color.js';
import { type Fault, type Parsed, valueOrThrow } from './fault.js';
import { type Logo, readLogo } from './logo.js';
import { readText } from './text-rules.js';

/** Characters at most. Each is one line of text. */
export const TEXT_LIMITS = {
  subject: 150,
  senderName: 60,
  headerText: 150,
  bodyText: 1000,
  linkText: 60,
  infoText: 500,
  footerText: 500,
} as const;

type TextSlot = keyof typeof TEXT_LIMITS;
type Slot = TextSlot | 'primaryColor' | 'logo';

/** As a caller sends it. */
export type EmailContentText = { readonly [Name in Slot]?: string | null | undefined };

/** After it was checked. Plain data: it may stand in a JSON column until the message is made. */
export interface EmailContent extends Readonly<Partial<Record<TextSlot, string>>> {
  /** `#rrggbb`, in lower case. */
  readonly primaryColor?: string;
  readonly logo?: Logo;
}

type Read = (text: string) => { readonly value: string | Logo } | { readonly reason: string };

const READERS: readonly (readonly [Slot, Read])[] = [
  ...Object.entries(TEXT_LIMITS).map(
    ([slot, limit]) => [slot as TextSlot, (text) => readText(text, limit)] as [Slot, Read],
  ),
  ['primaryColor', readColor],
  ['logo', readLogo],
];

/** Reads the content of an email, or tells all that is wrong with it. */
export function readEmailContent(argument: string, input: EmailContentText): Parsed<EmailContent> {
  const value: Record<string, string | Logo> = {};
  const faults: Fault[] = [];
  for (const [slot, read] of READERS) {
    const text = input[slot];
    if (text === undefined || text === null) continue;
    const parsed = read(text);
    if ('value' in parsed) value[slot] = parsed.value;
    else faults.push({ argument: `${argument}.${slot}`, reason: parsed.reason });
  }
  const [first, ...others] = faults;
  return first ? { faults: [first, ...others] } : { value };
}

/** @throws {GatewayError} `BAD_USER_INPUT` that names the first slot at fault and tells about all of them */
export function parseEmailContent(argument: string, input: EmailContentText): EmailContent {
  return valueOrThrow(readEmailContent(argument, input));
}

function readColor(text: string): ReturnType<Read> {
  return COLOR.test(text) ? { value: text.toLowerCase() } : { reason: 'must be a color such as #1d4ed8' };
}
