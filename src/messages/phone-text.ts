/** What goes to a phone: text message, WhatsApp and call. */
import { faultWithName, fillCustomMessage } from './custom-message.js';
import type { CodeMessage, NoticeMessage } from './message.js';
import { expiryOf, type Phrases } from './phrases.js';
import { countSegments, MAX_SEGMENTS } from './segments.js';

/** The text of a message that is no email. */
export function phoneText(message: CodeMessage | NoticeMessage, phrases: Phrases): string {
  const texts = message.kind === 'code' ? codeTexts(message, phrases) : noticeTexts(message, phrases);
  if (message.channel !== 'SMS') return texts[0];
  return texts.find((text) => countSegments(text).segments <= MAX_SEGMENTS) ?? (texts.at(-1) as string);
}

/** Whether the words are the caller's: the workspace may have taken another name since the message was accepted. */
export const saysOwnWords = ({ appName, customMessage }: CodeMessage): boolean =>
  customMessage !== undefined && faultWithName(customMessage, appName) === undefined;

/** From the fullest to the shortest: what a long name leaves no room for is left out. */
type Texts = readonly [string, ...string[]];

function noticeTexts({ appName }: NoticeMessage, phrases: Phrases): Texts {
  const fact = phrases.text('notice.phone.text', { app: appName });
  return [`${fact} ${phrases.text('notice.advice', {})}`, fact];
}

function codeTexts(message: CodeMessage, phrases: Phrases): Texts {
  const { channel, appName, code, customMessage } = message;
  const autofillDomain = channel === 'SMS' ? message.autofillDomain : undefined;
  // Spoken digit by digit; read as one number, a code is lost.
  const digits = Array.from(code).join(', ');
  if (customMessage !== undefined && saysOwnWords(message)) {
    const text = fillCustomMessage(customMessage, appName, channel === 'VOICE' ? digits : code);
    return withAutofill([text], autofillDomain, code);
  }
  const warning = phrases.text('code.warning', {});
  if (channel === 'VOICE') return [`${phrases.text('voice.code', { app: appName, digits })} ${warning}`];
  const line = phrases.text('code.line', { app: appName, code });
  const expiry = expiryOf(phrases, 'code.expiry', message.minutes);
  const full = [line, expiry, warning].filter((part) => part !== undefined).join(' ');
  if (channel !== 'SMS') return [`${full}\n\n${phrases.text('ignore', {})}`];
  const short = phrases.text('code.short', { app: appName, code });
  return withAutofill([full, `${line} ${warning}`, `${short} ${warning}`, short], autofillDomain, code);
}

/** The last line that phones fill a code in by, in the form of the WICG's "Origin-bound one-time codes"; never left out. */
function withAutofill(texts: Texts, domain: string | undefined, code: string): Texts {
  if (domain === undefined) return texts;
  const [first, ...others] = texts.map((text) => `${text}\n@${domain} #${code}`);
  return [first as string, ...others];
}
