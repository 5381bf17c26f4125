/** The settings of Bird. */
import type { z } from 'zod';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, pattern, text } from './config-setting.js';

const id = pattern(/^[0-9a-fA-F-]{36}$/, 'must be a UUID');

export const birdSettings = {
  BIRD_ACCESS_KEY: text(),
  BIRD_WORKSPACE_ID: id,
  BIRD_SMS_CHANNEL_ID: id,
  BIRD_SIGNING_KEY: text(),
  BIRD_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof birdSettings>>;

export interface BirdSettings {
  readonly baseUrl: string;
  readonly accessKey: string;
  readonly workspaceId: string;
  /** Absent: texts are not sent by the Channels API. */
  readonly smsChannelId: string | undefined;
  /** Of the webhook subscription that delivery reports come by; absent: there are none. */
  readonly signingKey: string | undefined;
}

export function checkBird(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(birdSettings), ['BIRD_ACCESS_KEY', 'BIRD_WORKSPACE_ID'], fault);
  checkBaseUrl(env, 'BIRD_BASE_URL', fault);
}

export function birdOf(env: Environment): BirdSettings | undefined {
  const { BIRD_ACCESS_KEY: accessKey, BIRD_WORKSPACE_ID: workspaceId } = env;
  if (!accessKey || !workspaceId) return undefined;
  return {
    baseUrl: env.BIRD_BASE_URL ?? 'https://api.bird.com',
    accessKey,
    workspaceId,
    smsChannelId: env.BIRD_SMS_CHANNEL_ID,
    signingKey: env.BIRD_SIGNING_KEY,
  };
}
