/** Turns what is to be said into the message that a provider carries. */
import { languageIn } from '../kernel/region.js';
import { emailOf } from './email.js';
import { LOGO_CID } from './email-page.js';
import { languageOf } from './locale.js';
import type { Logo } from './logo.js';
import type { MessageInput, RelatedPart, RenderedMessage } from './message.js';
import { phoneText, saysOwnWords } from './phone-text.js';
import { phrasesOf } from './phrases.js';
import { countSegments } from './segments.js';

/** Renders a message in the language of its locale. Pure: the same input is the same message, whoever retries it. */
export function renderMessage(message: MessageInput): RenderedMessage {
  const language = languageOf(message.locale);
  const phrases = phrasesOf(language);
  if (message.kind === 'link' || message.channel === 'EMAIL') {
    const { senderName = message.appName, logo } = message.content ?? {};
    return {
      language,
      senderName,
      ...emailOf(message, phrases),
      ...(logo && { attachments: [relatedPart(logo)] }),
    };
  }
  const text = phoneText(message, phrases);
  const segments = message.channel === 'SMS' ? countSegments(text) : undefined;
  // There may be no catalog for the language that a caller's words are in, and still a voice.
  const spoken = message.kind === 'code' && saysOwnWords(message) ? languageIn(message.locale) : language;
  return { language: spoken, senderName: message.appName, subject: '', text, ...(segments && { segments }) };
}

function relatedPart({ type, base64 }: Logo): RelatedPart {
  const filename = `logo.${type.slice('image/'.length)}`;
  return { cid: LOGO_CID, filename, contentType: type, content: Buffer.from(base64, 'base64') };
}
