/** The settings of Transmit Security. It takes no credentials of the gateway's: each call speaks for a user. */
import { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault } from './config-setting.js';

export const transmitSettings = {
  TRANSMIT_BASE_URL: baseUrl,
  TRANSMIT_EMAIL_LINKS: z.enum(['on', 'off'], { error: 'must be on or off' }).optional(),
};

type Environment = z.infer<z.ZodObject<typeof transmitSettings>>;

export interface TransmitSettings {
  /** The host of the region, with the path that its APIs are under: `https://api.transmitsecurity.io/cis`. */
  readonly baseUrl: string;
  /** Whether links go by it, too: it must have been told there that they may lead to the gateway. */
  readonly emailLinks: boolean;
}

/** Tells of links without a base URL, and of one without TLS in production. */
export function checkTransmit(env: Environment, fault: Fault): void {
  checkTogether(env, ['TRANSMIT_EMAIL_LINKS'], ['TRANSMIT_BASE_URL'], fault);
  checkBaseUrl(env, 'TRANSMIT_BASE_URL', fault);
}

/** Undefined without a base URL. */
export function transmitOf(env: Environment): TransmitSettings | undefined {
  const { TRANSMIT_BASE_URL: url, TRANSMIT_EMAIL_LINKS: links } = env;
  return url === undefined ? undefined : { baseUrl: url, emailLinks: links === 'on' };
}
