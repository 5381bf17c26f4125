/** What a call says, as TwiML (https://www.twilio.com/docs/voice/twiml/say). */
import type { OutboundMessage } from './provider.js';

/** The voice that reads each language of the catalogs. */
const VOICES: Readonly<Record<string, string>> = {
  af: 'af-ZA',
  ar: 'arb',
  de: 'de-DE',
  en: 'en-US',
  es: 'es-ES',
  fr: 'fr-FR',
  it: 'it-IT',
  nl: 'nl-NL',
  pl: 'pl-PL',
  pt: 'pt-PT',
  ru: 'ru-RU',
  tr: 'tr-TR',
};

/** Twice, because whoever picks up hears the first time only that there is something to hear. */
export function speechOf({ text, language = 'en', locale }: OutboundMessage): string {
  const voice = locale === 'pt-BR' || locale === 'en-GB' ? locale : (VOICES[language] ?? 'en-US');
  const say = `<Say language="${voice}">${escapeXml(text)}</Say>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="1"/>${say}<Pause length="2"/>${say}</Response>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

const escapeXml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
