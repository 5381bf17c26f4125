/** What every language says, and what each text has to be told. */
export const PLACEHOLDERS = {
  /** The code first, where previews and lock screens show it: SMS, WhatsApp, subject and first line of an email. */
  'code.line': ['app', 'code'],
  /** The same for a text message that the long form does not fit in. */
  'code.short': ['app', 'code'],
  'code.expiry': ['minutes'],
  'code.warning': [],
  'code.label': ['app'],
  'code.intro': [],
  /** Of an email, whose words before it may be a caller's: it names the code. */
  'code.email.expiry': ['minutes'],
  /** Spoken: the digits one by one, then once more. Where a full stop makes an ordinal, none stands behind them. */
  'voice.code': ['app', 'digits'],
  'link.subject': ['app'],
  'link.intro': ['app'],
  'link.button': [],
  'link.expiry': ['minutes'],
  /** Stands before the address that the button leads to. */
  'link.fallback': [],
  ignore: [],
  'page.title': [],
  'page.question': ['app'],
  'page.button': [],
  'page.confirmed.title': [],
  'page.confirmed.text': [],
  'page.failed.title': [],
  'page.failed.text': [],
  'notice.email.subject': ['app'],
  'notice.email.text': ['app'],
  'notice.phone.text': ['app'],
  'notice.advice': [],
} as const satisfies Record<string, readonly ('app' | 'code' | 'digits' | 'minutes')[]>;

export type MessageKey = keyof typeof PLACEHOLDERS;

type Placeholder<Key extends MessageKey> = (typeof PLACEHOLDERS)[Key][number];

/** What has to be told to say a text. */
export type Values<Key extends MessageKey> = {
  readonly [Name in Placeholder<Key>]: Name extends 'minutes' ? number : string;
};

/** The texts of one language, as ICU messages. */
export type Catalog = Readonly<Record<MessageKey, string>>;
