/** The settings of the mail server. */
import { z } from 'zod';
import { type Fault, pattern } from './config-setting.js';

const MAIL_ADDRESS = /^(?:[^<>]*<)?[^@<>\s]+@[^@<>\s]+>?$/;

export const smtpSettings = {
  SMTP_URL: z
    .string()
    .refine((url) => URL.canParse(url) && /^smtps?:$/.test(new URL(url).protocol), {
      error: 'must be a URL starting with smtp:// or smtps://',
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
