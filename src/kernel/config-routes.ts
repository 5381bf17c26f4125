/** Which provider takes which channel: `PROVIDER_SMS` and its like. */
import { z } from 'zod';

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

const names = z
  .string()
  .regex(LIST, 'must be a comma list of providers in order, such as twilio-messaging,amazon-sns')
  .transform((text) => text.split(',').map((name) => name.trim()))
  .optional();
const countries = z
  .string()
  .regex(COUNTRIES, 'must be countries with their providers, such as DE:bird-channels|amazon-sns,FR:amazon-sns')
  .transform((text) =>
    Object.fromEntries(
      text.split(',').map((entry) => {
        const [country = '', list = ''] = entry.trim().split(':');
        return [country, list.split('|')];
      }),
    ),
  )
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
