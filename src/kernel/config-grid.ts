/** The settings of Lightspark Grid. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, text } from './config-setting.js';

export const gridSettings = {
  GRID_TOKEN_ID: text(),
  GRID_CLIENT_SECRET: text(),
  GRID_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof gridSettings>>;

export interface GridSettings {
  readonly baseUrl: string;
  readonly tokenId: string;
  readonly clientSecret: string;
}

/** Tells of settings without both credentials, and of no TLS in production. */
export function checkGrid(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(gridSettings), ['GRID_TOKEN_ID', 'GRID_CLIENT_SECRET'], fault);
  checkBaseUrl(env, 'GRID_BASE_URL', fault);
}

/** Undefined without both credentials. */
export function gridOf(env: Environment): GridSettings | undefined {
  const { GRID_TOKEN_ID: tokenId, GRID_CLIENT_SECRET: clientSecret } = env;
  if (!tokenId || !clientSecret) return undefined;
  return { baseUrl: env.GRID_BASE_URL ?? 'https://api.lightspark.com/grid/2025-10-13', tokenId, clientSecret };
}
