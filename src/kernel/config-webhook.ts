/** The settings of `http`, the operator's own sender. */
import { z } from 'zod';
import type { RoutedChannel } from './config-routes.js';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, pattern } from './config-setting.js';

const channels = z
  .string()
  .regex(/^(EMAIL|SMS|WHATSAPP|VOICE)( *, *(EMAIL|SMS|WHATSAPP|VOICE))*$/, 'must be a comma list of channels')
  .optional();

export const webhookSettings = {
  HTTP_BASE_URL: baseUrl,
  HTTP_SECRET: pattern(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64'),
  HTTP_CHANNELS: channels,
};

type Environment = z.infer<z.ZodObject<typeof webhookSettings>>;

export interface WebhookSettings {
  /** The whole URL that messages are posted to. */
  readonly baseUrl: string;
  /** As Standard Webhooks writes it. */
  readonly secret: string;
  readonly channels: readonly RoutedChannel[];
}

/** Tells of settings without URL or secret, and of no TLS in production. */
export function checkWebhook(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(webhookSettings), ['HTTP_BASE_URL', 'HTTP_SECRET'], fault);
  checkBaseUrl(env, 'HTTP_BASE_URL', fault);
}

/** Undefined without URL and secret. Without a list of channels it carries all of them. */
export function webhookOf(env: Environment): WebhookSettings | undefined {
  const { HTTP_BASE_URL: url, HTTP_SECRET: secret, HTTP_CHANNELS: list = 'EMAIL,SMS,WHATSAPP,VOICE' } = env;
  if (!url || !secret) return undefined;
  return { baseUrl: url, secret, channels: list.split(',').map((channel) => channel.trim() as RoutedChannel) };
}
