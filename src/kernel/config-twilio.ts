/** The settings of Twilio. */
import type { z } from 'zod';
import {
  baseUrl,
  checkBaseUrl,
  checkTogether,
  type Fault,
  isOnce,
  pattern,
  phoneNumber,
  text,
} from './config-setting.js';
import { languageIn } from './region.js';

const CONTENT = /^[a-z]{2,3}:HX[0-9a-fA-F]{32}( *, *[a-z]{2,3}:HX[0-9a-fA-F]{32})*$/;

export const twilioSettings = {
  TWILIO_ACCOUNT_SID: pattern(/^AC[0-9a-fA-F]{32}$/, 'must be an account SID: AC and 32 hexadecimal digits'),
  TWILIO_AUTH_TOKEN: text(),
  TWILIO_BASE_URL: baseUrl,
  TWILIO_FROM: pattern(
    /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11}|\d{3,8})$/,
    'must be a number or a name that texts come from',
  ),
  TWILIO_MESSAGING_SERVICE_SID: pattern(
    /^MG[0-9a-fA-F]{32}$/,
    'must be a messaging service SID: MG and 32 hexadecimal digits',
  ),
  TWILIO_WHATSAPP_FROM: phoneNumber,
  TWILIO_WHATSAPP_CONTENT: pattern(CONTENT, 'must be languages with their content templates, such as en:HX…,de:HX…'),
  TWILIO_VOICE_FROM: phoneNumber,
  TWILIO_VERIFY_SERVICE_SID: pattern(
    /^VA[0-9a-fA-F]{32}$/,
    'must be a Verify service SID: VA and 32 hexadecimal digits',
  ),
  TWILIO_VERIFY_CODE_LENGTH: pattern(/^([4-9]|10)$/, 'must be 4 to 10, as the Verify service is set'),
  TWILIO_VERIFY_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof twilioSettings>>;

export interface TwilioSettings {
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** Whom texts come from: one of the two at least. */
  readonly messaging: { readonly from: string | undefined; readonly serviceSid: string | undefined } | undefined;
  /** Content templates by language; the first is for every other language. */
  readonly whatsapp: { readonly from: string; readonly content: Readonly<Record<string, string>> } | undefined;
  readonly voice: { readonly from: string } | undefined;
}

export interface TwilioVerifySettings extends Pick<TwilioSettings, 'baseUrl' | 'accountSid' | 'authToken'> {
  readonly serviceSid: string;
  /** What the service is set to: it cannot be asked for. */
  readonly codeLength: number;
}

/**
 * Tells of settings without the account, of WhatsApp without its sender or its templates, of a language with two
 * templates, of settings of Twilio Verify without its service, and of no TLS in production.
 */
export function checkTwilio(env: Environment, fault: Fault): void {
  const names = Object.keys(twilioSettings);
  checkTogether(env, names, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'], fault);
  const whatsapp = ['TWILIO_WHATSAPP_FROM', 'TWILIO_WHATSAPP_CONTENT'];
  checkTogether(env, whatsapp, whatsapp, fault);
  const languages = entriesOf(env.TWILIO_WHATSAPP_CONTENT ?? '').map(([language]) => language);
  if (!isOnce(languages)) fault('TWILIO_WHATSAPP_CONTENT', 'must name each language once');
  const verify = ['TWILIO_VERIFY_SERVICE_SID', 'TWILIO_VERIFY_CODE_LENGTH', 'TWILIO_VERIFY_BASE_URL'];
  checkTogether(env, verify, ['TWILIO_VERIFY_SERVICE_SID'], fault);
  for (const name of ['TWILIO_BASE_URL', 'TWILIO_VERIFY_BASE_URL']) checkBaseUrl(env, name, fault);
}

/** Undefined without the account. It may be there for Twilio Verify alone, and then carries no channel. */
export function twilioOf(env: Environment): TwilioSettings | undefined {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = env;
  const { TWILIO_FROM: from, TWILIO_MESSAGING_SERVICE_SID: serviceSid, TWILIO_VOICE_FROM: voice } = env;
  const { TWILIO_WHATSAPP_FROM: whatsapp, TWILIO_WHATSAPP_CONTENT: content } = env;
  if (!accountSid || !authToken) return undefined;
  return {
    baseUrl: env.TWILIO_BASE_URL ?? 'https://api.twilio.com',
    accountSid,
    authToken,
    messaging: from || serviceSid ? { from, serviceSid } : undefined,
    whatsapp: whatsapp && content ? { from: whatsapp, content: Object.fromEntries(entriesOf(content)) } : undefined,
    voice: voice ? { from: voice } : undefined,
  };
}

/** Undefined without the account or the service. */
export function twilioVerifyOf(env: Environment): TwilioVerifySettings | undefined {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_VERIFY_SERVICE_SID: serviceSid } = env;
  if (!accountSid || !authToken || !serviceSid) return undefined;
  const baseUrl = env.TWILIO_VERIFY_BASE_URL ?? 'https://verify.twilio.com';
  return { baseUrl, accountSid, authToken, serviceSid, codeLength: Number(env.TWILIO_VERIFY_CODE_LENGTH ?? 6) };
}

const entriesOf = (content: string) =>
  content.split(',').map((entry): [string, string] => {
    const [language = '', template = ''] = entry.trim().split(':');
    return [languageIn(language), template];
  });
