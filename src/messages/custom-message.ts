/** The words and the sender that a caller gives to a text message instead of the gateway's own. */
import { faultOf, type Parsed, valueOrThrow } from './fault.js';
import { countSegments, MAX_CUSTOM_SEGMENTS } from './segments.js';
import { readText } from './text-rules.js';

export const MAX_CUSTOM_MESSAGE = 140;
export const MAX_SENDER_ID = 11;

/** What will be filled in. Given, the length of the whole message is checked as well. */
export interface Filling {
  readonly appName: string;
  readonly codeLength: number;
}

/** Reads a message with `{otp}` and `{app}` in it, once each. */
export function readCustomMessage(argument: string, text: string, filling?: Filling): Parsed<string> {
  // Before anything is normalized: a text of nothing but marks takes seconds.
  if (text.length > 8 * MAX_CUSTOM_MESSAGE)
    return faultOf(argument, `must be at most ${MAX_CUSTOM_MESSAGE} characters`);
  const braces: string[] = text.match(/\{[^{}]*\}|[{}]/g) ?? [];
  if (braces.length !== 2 || !braces.includes('{otp}') || !braces.includes('{app}')) {
    return faultOf(argument, 'must have {otp} and {app} once each, and nothing else in braces');
  }
  if (/\}\p{M}/u.test(text)) return faultOf(argument, BESIDE_CODE);
  const value = text.normalize('NFC').trim();
  if (Array.from(value).length > MAX_CUSTOM_MESSAGE) {
    return faultOf(argument, `must be at most ${MAX_CUSTOM_MESSAGE} characters`);
  }
  // Any name is a word, so "{app}.com" is taken for the domain that it would become.
  const reason = faultWithName(value, 'app');
  if (reason !== undefined) return faultOf(argument, reason);
  if (!filling) return { value };
  const named = faultWithName(value, filling.appName);
  if (named !== undefined) return faultOf(argument, `${named}, once the name is filled in`);
  return readLength(argument, value, filling);
}

const BESIDE_CODE = 'must have no digit and no mark right beside {otp}: the code would look like another';
// The operator may have named a workspace after its domain: it leads nowhere else where nothing is written beside it.
const STANDS_APART = /(?<!\S)\{app\}(?=['’]s\s|[:,.!?]?(?:\s|$))/u;

/** What is wrong with a message that has this name in it, or undefined: "{app}net" is a link of "Acme Inc.". */
export function faultWithName(message: string, appName: string): string | undefined {
  const [before = '', after = ''] = message.split('{otp}').map((part) => fillCustomMessage(part, appName, ''));
  if (/\p{N}[^\p{L}\p{N}\s]*$/u.test(before) || /^[^\p{L}\p{N}\s]*\p{N}/u.test(after)) return BESIDE_CODE;
  const words = readText(fillCustomMessage(message, appName, 'otp'), 2 * MAX_CUSTOM_MESSAGE);
  if ('value' in words) return undefined;
  const isOfName = STANDS_APART.test(message) && 'reason' in readText(appName, MAX_CUSTOM_MESSAGE);
  return isOfName ? undefined : words.reason;
}

function readLength(argument: string, value: string, { appName, codeLength }: Filling): Parsed<string> {
  const { encoding, segments } = countSegments(fillCustomMessage(value, appName, '0'.repeat(codeLength)));
  if (segments <= MAX_CUSTOM_SEGMENTS) return { value };
  return faultOf(argument, `makes ${segments} segments in ${encoding}, and at most ${MAX_CUSTOM_SEGMENTS} are sent`);
}

/** Fills in both in one go, so that a name with "{otp}" in it stays a name. */
export function fillCustomMessage(message: string, app: string, otp: string): string {
  return message.replaceAll(/\{(otp|app)\}/g, (_, name: string) => (name === 'otp' ? otp : app));
}

/** Reads the name that a text message comes from (3GPP TS 23.040 section 9.1.2.5). */
export function readSenderId(argument: string, text: string): Parsed<string> {
  const value = text.trim();
  if (!/^[A-Za-z0-9 -]{1,11}$/.test(value) || !/[A-Za-z]/.test(value)) {
    return faultOf(
      argument,
      `must be 1 to ${MAX_SENDER_ID} of A-Z, a-z, 0-9, hyphen and space, with a letter among them`,
    );
  }
  const words = readText(value, MAX_SENDER_ID);
  return 'value' in words ? words : faultOf(argument, words.reason);
}

/** @throws {GatewayError} `BAD_USER_INPUT` */
export function parseCustomMessage(argument: string, text: string, filling?: Filling): string {
  return valueOrThrow(readCustomMessage(argument, text, filling));
}

/** @throws {GatewayError} `BAD_USER_INPUT` */
export function parseSenderId(argument: string, text: string): string {
  return valueOrThrow(readSenderId(argument, text));
}
