/** The settings of the mail server. */
import { z } from 'zod';
import { type Fault, pattern } from './config-setting.js';

const MAIL_ADDRESS = /^(?:[^<>]*<)?[^@<>\s]+@[^@<>\s]+>?$/;

interface Kind {
  readonly like: RegExp;
  readonly must: string;
}
const TRUTH: Kind = { like: /^(true|false)$/, must: 'true or false' };
const COUNT: Kind = { like: /^[1-9]\d{0,8}$/, must: 'a whole number above 0' };
const NAME: Kind = { like: /^[\w.:[\]-]+$/, must: 'a name' };
const VERSION: Kind = { like: /^TLSv1(\.[1-3])?$/, must: 'a version such as TLSv1.2' };

/** What the mail client reads of a URL, as far as it is of use here: one that logs the mail, or reads files, is not. */
const PARAMETERS: Readonly<Record<string, Kind>> = {
  requireTLS: TRUTH,
  ignoreTLS: TRUTH,
  opportunisticTLS: TRUTH,
  name: NAME,
  authMethod: NAME,
  localAddress: NAME,
  'tls.rejectUnauthorized': TRUTH,
  'tls.servername': NAME,
  'tls.minVersion': VERSION,
  'tls.maxVersion': VERSION,
  connectionTimeout: COUNT,
  greetingTimeout: COUNT,
  socketTimeout: COUNT,
  dnsTimeout: COUNT,
  maxConnections: COUNT,
  maxMessages: COUNT,
  rateDelta: COUNT,
  rateLimit: COUNT,
};

/** What is wrong with it, never its text: a name that is not known can be a piece of the password. */
function faultOf(text: string): string | undefined {
  if (!/^\s*smtps?:\/\//i.test(text) || !URL.canParse(text)) return 'must be a URL starting with smtp:// or smtps://';
  const { hash, pathname, searchParams } = new URL(text);
  if (hash !== '' || !/^\/?$/.test(pathname)) return 'must have nothing behind the host but parameters after a ?';
  // The mail client leaves out what it does not know: with ?requiretls=true it would log in without TLS.
  const names = [...searchParams.keys()];
  if (new Set(names).size < names.length || !names.every((name) => Object.hasOwn(PARAMETERS, name)))
    return `has a parameter that is not known, or one twice: capitals matter in ${Object.keys(PARAMETERS).join(', ')}`;
  for (const [name, value] of searchParams) {
    const { like, must } = PARAMETERS[name] as Kind;
    if (!like.test(value)) return `must say ${must} for ${name}`;
  }
  return undefined;
}

export const smtpSettings = {
  SMTP_URL: z
    .string()
    .superRefine((text, context) => {
      const fault = faultOf(text);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .optional(),
  MAIL_FROM: pattern(MAIL_ADDRESS, 'must be an address, such as codes@example.com'),
};

type Environment = z.infer<z.ZodObject<typeof smtpSettings>>;

export interface SmtpSettings {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  /** The address codes come from. */
  readonly from: string;
}

/** Tells of a server without the address that its mail comes from. */
export function checkSmtp(env: Environment, fault: Fault): void {
  if (env.SMTP_URL && !env.MAIL_FROM)
    fault('MAIL_FROM', 'is needed beside SMTP_URL: the address that codes are sent from');
}

/** Undefined without server and address. */
export function smtpOf({ SMTP_URL: url, MAIL_FROM: from }: Environment): SmtpSettings | undefined {
  return url && from ? { url, from } : undefined;
}
