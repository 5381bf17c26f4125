/** What a call says, as TwiML (https://www.twilio.com/docs/voice/twiml/say). */
import type { OutboundMessage } from './provider.js';

/** The voice that reads each language: those of the catalogs, and those that a caller's words may be in. */
const VOICES: Readonly<Record<string, string>> = {
  af: 'af-ZA',
  ar: 'arb',
  ca: 'ca-ES',
  da: 'da-DK',
  de: 'de-DE',
  en: 'en-US',
  es: 'es-ES',
  fi: 'fi-FI',
  fr: 'fr-FR',
  it: 'it-IT',
  ja: 'ja-JP',
  ko: 'ko-KR',
  nb: 'nb-NO',
  nl: 'nl-NL',
  no: 'nb-NO',
  pl: 'pl-PL',
  pt: 'pt-PT',
  ru: 'ru-RU',
  sv: 'sv-SE',
  tr: 'tr-TR',
  zh: 'zh-CN',
};

const REGIONAL = ['en-GB', 'pt-BR', 'zh-HK', 'zh-TW'];

/** Twice, because whoever picks up hears the first time only that there is something to hear. */
export function speechOf({ text, language = 'en', locale }: OutboundMessage): string {
  const isRegional = REGIONAL.some((voice) => voice === locale && voice.startsWith(language));
  const voice = isRegional ? locale : (VOICES[language] ?? 'en-US');
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
