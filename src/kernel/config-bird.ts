/** The settings of Bird. */
import type { z } from 'zod';
import type { RoutedChannel } from './config-routes.js';
import { baseUrl, checkBaseUrl, checkTogether, type Fault, pattern, text } from './config-setting.js';

const TEMPLATE = /^[0-9a-fA-F-]{36}:[0-9a-fA-F-]{36}$/;
const API_KEY = /^bk_([a-z]{2}[0-9]+)_\w{1,200}$/;
const template = pattern(TEMPLATE, 'must be a project and its version, two UUIDs with a colon between');
const id = pattern(/^[0-9a-fA-F-]{36}$/, 'must be a UUID');

export const birdSettings = {
  BIRD_ACCESS_KEY: text(),
  BIRD_WORKSPACE_ID: id,
  BIRD_SMS_CHANNEL_ID: id,
  BIRD_SIGNING_KEY: text(),
  BIRD_BASE_URL: baseUrl,
  BIRD_VERIFY_SMS_CHANNEL_ID: id,
  BIRD_VERIFY_EMAIL_CHANNEL_ID: id,
  BIRD_VERIFY_EMAIL_TEMPLATE: template,
  BIRD_VERIFY_WHATSAPP_CHANNEL_ID: id,
  BIRD_VERIFY_WHATSAPP_TEMPLATE: template,
};

/** Of the newer API, whose keys name their region. */
export const birdV1Settings = {
  BIRD_API_KEY: pattern(API_KEY, 'must have the form bk_{region}_{token}'),
  BIRD_API_BASE_URL: baseUrl,
};

type Environment = z.infer<z.ZodObject<typeof birdSettings>>;
type V1Environment = z.infer<z.ZodObject<typeof birdV1Settings>>;

export interface BirdSettings {
  readonly baseUrl: string;
  readonly accessKey: string;
  readonly workspaceId: string;
  /** Absent: texts are not sent by the Channels API. */
  readonly smsChannelId: string | undefined;
  /** Of the webhook subscription that delivery reports come by; absent: there are none. */
  readonly signingKey: string | undefined;
}

interface VerifyChannel {
  readonly channelId: string;
  readonly template?: { readonly projectId: string; readonly version: string };
}

export interface BirdVerifySettings extends Pick<BirdSettings, 'baseUrl' | 'accessKey' | 'workspaceId'> {
  readonly channels: Readonly<Partial<Record<RoutedChannel, VerifyChannel>>>;
}

export interface BirdVerifyV1Settings {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** Tells of a base URL without the key, and of one without TLS in production. */
export function checkBirdV1(env: V1Environment, fault: Fault): void {
  checkTogether(env, Object.keys(birdV1Settings), ['BIRD_API_KEY'], fault);
  checkBaseUrl(env, 'BIRD_API_BASE_URL', fault);
}

/** Undefined without a key. Its region names the host where no base URL does. */
export function birdVerifyV1Of(env: V1Environment): BirdVerifyV1Settings | undefined {
  const { BIRD_API_KEY: apiKey, BIRD_API_BASE_URL: url } = env;
  const [, region] = API_KEY.exec(apiKey ?? '') ?? [];
  return apiKey && region ? { apiKey, baseUrl: url ?? `https://${region}.platform.bird.com` } : undefined;
}

/** Tells of settings without the account, of a template without its channel, and of no TLS in production. */
export function checkBird(env: Environment, fault: Fault): void {
  checkTogether(env, Object.keys(birdSettings), ['BIRD_ACCESS_KEY', 'BIRD_WORKSPACE_ID'], fault);
  const email = ['BIRD_VERIFY_EMAIL_CHANNEL_ID', 'BIRD_VERIFY_EMAIL_TEMPLATE'];
  checkTogether(env, email, ['BIRD_VERIFY_EMAIL_CHANNEL_ID'], fault);
  const whatsapp = ['BIRD_VERIFY_WHATSAPP_CHANNEL_ID', 'BIRD_VERIFY_WHATSAPP_TEMPLATE'];
  checkTogether(env, whatsapp, whatsapp, fault);
  checkBaseUrl(env, 'BIRD_BASE_URL', fault);
}

/** Undefined without the account: access key and workspace. */
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

/** Undefined without the account, or without a channel that Bird Verify sends on. */
export function birdVerifyOf(env: Environment): BirdVerifySettings | undefined {
  const bird = birdOf(env);
  const channels = {
    ...channelOf('SMS', env.BIRD_VERIFY_SMS_CHANNEL_ID, undefined),
    ...channelOf('EMAIL', env.BIRD_VERIFY_EMAIL_CHANNEL_ID, env.BIRD_VERIFY_EMAIL_TEMPLATE),
    ...channelOf('WHATSAPP', env.BIRD_VERIFY_WHATSAPP_CHANNEL_ID, env.BIRD_VERIFY_WHATSAPP_TEMPLATE),
  };
  if (!bird || Object.keys(channels).length === 0) return undefined;
  const { baseUrl, accessKey, workspaceId } = bird;
  return { baseUrl, accessKey, workspaceId, channels };
}

function channelOf(channel: RoutedChannel, channelId: string | undefined, template: string | undefined) {
  if (channelId === undefined) return {};
  const [projectId = '', version = ''] = template?.split(':') ?? [];
  return { [channel]: { channelId, ...(template && { template: { projectId, version } }) } };
}
