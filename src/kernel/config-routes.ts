/** Which provider takes which channel: `PROVIDER_SMS` and its like. */
import { z } from 'zod';
import { isOnce } from './config-setting.js';
import { isRegion } from './region.js';

/** In order of preference; `byCountry` (ISO 3166-1 alpha-2) goes first. */
export interface Route {
  readonly names?: readonly string[];
  readonly byCountry?: Readonly<Record<string, readonly string[]>>;
}

export type RoutedChannel = 'EMAIL' | 'SMS' | 'WHATSAPP' | 'VOICE';
export type Routes = Readonly<Partial<Record<RoutedChannel, Route>>>;

const NAME = '[a-z][a-z0-9-]*';
const LIST = new RegExp(`^${NAME}( *, *${NAME})*$`);
const COUNTRIES = new RegExp(`^[A-Z]{2}:${NAME}(\\|${NAME})*( *, *[A-Z]{2}:${NAME}(\\|${NAME})*)*$`);

const NO_COUNTRY = 'must name countries by their ISO 3166-1 alpha-2 codes, such as GB and not UK';

// What one has lost is never handed back to it: of one that stands twice, each report of a loss would send again.
const PROVIDER_TWICE = 'must name each provider once';

const names = z
  .string()
  .regex(LIST, 'must be a comma list of providers in order, such as twilio-messaging,amazon-sns')
  .transform((text) => text.split(',').map((name) => name.trim()))
  .refine(isOnce, PROVIDER_TWICE)
  .optional();
const countries = z
  .string()
  .regex(COUNTRIES, 'must be countries with their providers, such as DE:bird-channels|amazon-sns,FR:amazon-sns')
  .transform((text, context) => {
    const entries = text.split(',').map((entry): [string, string[]] => {
      const [country = '', list = ''] = entry.trim().split(':');
      return [country, list.split('|')];
    });
    const named = entries.map(([country]) => country);
    // No number is of such a country: its order would hold for nobody, without a word.
    if (!named.every(isRegion)) context.addIssue({ code: 'custom', message: NO_COUNTRY });
    if (!entries.every(([, list]) => isOnce(list))) context.addIssue({ code: 'custom', message: PROVIDER_TWICE });
    if (!isOnce(named)) context.addIssue({ code: 'custom', message: 'must name each country once' });
    return Object.fromEntries(entries);
  })
  .optional();

export const routeSettings = {
  PROVIDER_EMAIL: names,
  PROVIDER_SMS: names,
  PROVIDER_WHATSAPP: names,
  PROVIDER_VOICE: names,
  PROVIDER_SMS_BY_COUNTRY: countries,
  PROVIDER_WHATSAPP_BY_COUNTRY: countries,
  PROVIDER_VOICE_BY_COUNTRY: countries,
};

export type RouteEnvironment = z.infer<z.ZodObject<typeof routeSettings>>;

/** Of every channel: a route without names leaves the order to the registry. */
export function routesOf(env: RouteEnvironment): Routes {
  const route = (
    list: readonly string[] | undefined,
    byCountry?: Readonly<Record<string, readonly string[]>>,
  ): Route => ({ ...(list && { names: list }), ...(byCountry && { byCountry }) });
  return {
    EMAIL: route(env.PROVIDER_EMAIL),
    SMS: route(env.PROVIDER_SMS, env.PROVIDER_SMS_BY_COUNTRY),
    WHATSAPP: route(env.PROVIDER_WHATSAPP, env.PROVIDER_WHATSAPP_BY_COUNTRY),
    VOICE: route(env.PROVIDER_VOICE, env.PROVIDER_VOICE_BY_COUNTRY),
  };
}
