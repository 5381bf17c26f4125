/** The texts of the catalogs, with their values put in. */
import { IntlMessageFormat } from 'intl-messageformat';
import type { MessageKey, Values } from './catalogs/catalog.js';
import { CATALOGS, type Language } from './catalogs/index.js';
import { Html, html } from './html.js';

/** Says the texts of one language. */
export interface Phrases {
  readonly language: Language;
  text<Key extends MessageKey>(key: Key, values: Values<Key>): string;
  /** The same for a page: values are escaped, and names kept apart from the direction of the text around them. */
  html<Key extends MessageKey>(key: Key, values: Values<Key>): Html;
}

/** When a code or a link expires; undefined of one that is good for less than a minute, of which nothing is said. */
export const expiryOf = (
  { text }: Phrases,
  key: 'code.expiry' | 'code.email.expiry' | 'link.expiry',
  minutes: number,
): string | undefined => (minutes < 1 ? undefined : text(key, { minutes }));

// Texts are parsed when they are first said: a process speaks few languages, and the parser is slow.
const parsed = new Map<string, IntlMessageFormat>();

function messageOf(language: Language, key: MessageKey, values: { readonly app?: string }): IntlMessageFormat {
  const isClosed = /[.!?…]$/.test(values.app ?? '');
  const name = `${language}/${key}/${isClosed}`;
  let message = parsed.get(name);
  if (!message) {
    const words = CATALOGS[language][key];
    // A name such as "Acme Inc." ends its sentence by itself.
    const text = isClosed ? words.replaceAll('{app}.', '{app}') : words;
    // In Western digits, as codes are: the digits of Arabic differ by country.
    message = new IntlMessageFormat(text, `${language}-u-nu-latn`, undefined, { ignoreTag: true });
    parsed.set(name, message);
  }
  return message;
}

export function phrasesOf(language: Language): Phrases {
  return {
    language,
    text: (key, values) => String(messageOf(language, key, values).format(values)),
    html: (key, values) => {
      const isolated = Object.entries<string | number>(values).map(([name, value]) => [
        name,
        typeof value === 'string' ? html`<bdi>${value}</bdi>` : value,
      ]);
      const said = messageOf(language, key, values).format<Html>(Object.fromEntries(isolated));
      return html`${said}`;
    },
  };
}
