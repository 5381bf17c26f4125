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
  if (/\p{N}[^\p{L}\p{N}\s]*\{otp\}|\{otp\}[^\p{L}\p{N}\s]*\p{N}|\}\p{M}/u.test(text)) {
    return faultOf(argument, 'must have no digit and no mark right beside {otp}: the code would look like another');
  }
  const value = text.normalize('NFC').trim();
  if (Array.from(value).length > MAX_CUSTOM_MESSAGE) {
    return faultOf(argument, `must be at most ${MAX_CUSTOM_MESSAGE} characters`);
  }
  // What is filled in are words, so "{app}.com" is taken for the domain that it would become.
  const words = readText(fillCustomMessage(text, 'app', 'otp'), MAX_CUSTOM_MESSAGE);
  if ('reason' in words) return faultOf(argument, words.reason);
  return filling ? readLength(argument, value, filling) : { value };
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
