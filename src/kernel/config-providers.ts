/** The settings of providers: one block each, checked together with all others. */
import { z } from 'zod';
import { type RoutedChannel, type Routes, routeSettings, routesOf } from './config-routes.js';

const mailUrl = z.string().refine((text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol), {
  error: 'must be a URL starting with smtp:// or smtps://',
});
const MAIL_ADDRESS = /^(?:[^<>]*<)?[^@<>\s]+@[^@<>\s]+>?$/;

export const providerSettings = {
  ...routeSettings,
  SMTP_URL: mailUrl.optional(),
  MAIL_FROM: z.string().regex(MAIL_ADDRESS, 'must be an address, such as codes@example.com').optional(),
};

type Environment = z.infer<z.ZodObject<typeof providerSettings>>;

/** What each provider needs to be made; absent: it is not configured. */
export interface ProviderSettings {
  readonly routes: Routes;
  readonly smtp?: { readonly url: string; readonly from: string };
}

type Fault = (setting: string, message: string) => void;

/** What is missing beside what is there, and routes that lead nowhere. */
export function checkProviders(env: Environment, fault: Fault): void {
  if (env.SMTP_URL && !env.MAIL_FROM)
    fault('MAIL_FROM', 'is needed beside SMTP_URL: the address that codes are sent from');
  checkRoutes(env, fault);
}

export function providersOf(env: Environment): ProviderSettings {
  return {
    routes: routesOf(env),
    ...(env.SMTP_URL && env.MAIL_FROM && { smtp: { url: env.SMTP_URL, from: env.MAIL_FROM } }),
  };
}

/** The channels that each provider carries with these settings; none where it is not configured. */
function channelsOf(env: Environment): Record<string, readonly (RoutedChannel | false)[]> {
  return {
    smtp: [env.SMTP_URL !== undefined && 'EMAIL'],
  };
}

function checkRoutes(env: Environment, fault: Fault): void {
  const channels = channelsOf(env);
  for (const [channel, { names = [], byCountry = {} }] of Object.entries(routesOf(env))) {
    const check = (setting: string, list: readonly string[]) => {
      const known = Object.keys(channels).join(', ');
      if (list.some((name) => !(name in channels)))
        return fault(setting, `names an unknown provider; known are ${known}`);
      const missing = list.find((name) => !channels[name]?.includes(channel as RoutedChannel));
      if (missing) fault(setting, `names ${missing}, whose settings for ${channel} are missing`);
    };
    check(`PROVIDER_${channel}`, names);
    check(`PROVIDER_${channel}_BY_COUNTRY`, Object.values(byCountry).flat());
  }
}
