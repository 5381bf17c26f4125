/** The settings of Easy-Connect. Neither its host nor where it sends from is published: both are configured. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, pattern, text } from './config-setting.js';

export const easySettings = {
  EASY_API_KEY: text(),
  EASY_BASE_URL: baseUrl,
  EASY_SEND_PATH: pattern(/^(\/[A-Za-z0-9._~-]+)+$/, 'must be a path such as /v1/api/easy-connect/send'),
};

type Environment = z.infer<z.ZodObject<typeof easySettings>>;

export interface EasySettings {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Behind the base URL: the operation that sends a code to a customer's phone. */
  readonly sendPath: string;
}

/** Tells what is missing of the three where one is there, and of no TLS in production. */
export function checkEasy(env: Environment, fault: Fault): void {
  const names = Object.keys(easySettings);
  checkTogether(env, names, names, fault);
  checkBaseUrl(env, 'EASY_BASE_URL', fault);
}

/** Undefined without all three. */
export function easyOf(env: Environment): EasySettings | undefined {
  const { EASY_API_KEY: apiKey, EASY_BASE_URL: url, EASY_SEND_PATH: sendPath } = env;
  return apiKey && url && sendPath ? { baseUrl: url, apiKey, sendPath } : undefined;
}
