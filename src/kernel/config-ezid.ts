/** The settings of EZiD. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, text } from './config-setting.js';

export const ezidSettings = {
  EZID_CLIENT_ID: text(),
  EZID_CLIENT_SECRET: text(),
  EZID_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof ezidSettings>>;

export interface EzidSettings {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Tells of settings without both credentials, and of no TLS in production. */
export function checkEzid(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(ezidSettings), ['EZID_CLIENT_ID', 'EZID_CLIENT_SECRET'], fault);
  checkBaseUrl(env, 'EZID_BASE_URL', fault);
}

/** Undefined without both credentials. */
export function ezidOf(env: Environment): EzidSettings | undefined {
  const { EZID_CLIENT_ID: clientId, EZID_CLIENT_SECRET: clientSecret } = env;
  if (!clientId || !clientSecret) return undefined;
  return { baseUrl: env.EZID_BASE_URL ?? 'https://api.ezid.io', clientId, clientSecret };
}
