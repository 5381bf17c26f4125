/** The settings of Transmit Security. It takes no credentials of the gateway's: each call speaks for a user. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, type Fault } from './config-setting.js';

export const transmitSettings = {
  TRANSMIT_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof transmitSettings>>;

export interface TransmitSettings {
  /** The host of the region, with the path that its APIs are under: `https://api.transmitsecurity.io/cis`. */
  readonly baseUrl: string;
}

export function checkTransmit(env: Environment, fault: Fault): void {
  checkBaseUrl(env, 'TRANSMIT_BASE_URL', fault);
}

export function transmitOf({ TRANSMIT_BASE_URL: url }: Environment): TransmitSettings | undefined {
  return url === undefined ? undefined : { baseUrl: url };
}
