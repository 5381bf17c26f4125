/** The settings of all providers, put together: one file each, and one line here for each thing asked of it. */
import type { z } from 'zod';
import {
  type BirdSettings,
  type BirdVerifySettings,
  type BirdVerifyV1Settings,
  birdOf,
  birdSettings,
  birdV1Settings,
  birdVerifyOf,
  birdVerifyV1Of,
  checkBird,
  checkBirdV1,
} from './config-bird.js';
import { checkEasy, type EasySettings, easyOf, easySettings } from './config-easy.js';
import { checkEzid, type EzidSettings, ezidOf, ezidSettings } from './config-ezid.js';
import { checkGrid, type GridSettings, gridOf, gridSettings } from './config-grid.js';
import { type RoutedChannel, type Routes, routeSettings, routesOf } from './config-routes.js';
import type { Fault } from './config-setting.js';
import { checkSmtp, type SmtpSettings, smtpOf, smtpSettings } from './config-smtp.js';
import { checkSns, type SnsSettings, snsOf, snsSettings } from './config-sns.js';
import { checkTransmit, type TransmitSettings, transmitOf, transmitSettings } from './config-transmit.js';
import {
  checkTwilio,
  type TwilioSettings,
  type TwilioVerifySettings,
  twilioOf,
  twilioSettings,
  twilioVerifyOf,
} from './config-twilio.js';
import { checkWebhook, type WebhookSettings, webhookOf, webhookSettings } from './config-webhook.js';

export const providerSettings = {
  ...routeSettings,
  ...smtpSettings,
  ...twilioSettings,
  ...snsSettings,
  ...birdSettings,
  ...birdV1Settings,
  ...webhookSettings,
  ...transmitSettings,
  ...gridSettings,
  ...ezidSettings,
  ...easySettings,
};

type Environment = z.infer<z.ZodObject<typeof providerSettings>>;

/** What each provider needs to be made; undefined: it is not configured. */
export interface ProviderSettings {
  readonly routes: Routes;
  readonly smtp: SmtpSettings | undefined;
  readonly twilio: TwilioSettings | undefined;
  readonly sns: SnsSettings | undefined;
  readonly bird: BirdSettings | undefined;
  readonly webhook: WebhookSettings | undefined;
  readonly twilioVerify: TwilioVerifySettings | undefined;
  readonly birdVerify: BirdVerifySettings | undefined;
  readonly birdVerifyV1: BirdVerifyV1Settings | undefined;
  readonly transmit: TransmitSettings | undefined;
  readonly grid: GridSettings | undefined;
  readonly ezid: EzidSettings | undefined;
  readonly easy: EasySettings | undefined;
}

/** Of settings with faults, too: a provider that lacks what it needs is one that is not configured. */
export function providersOf(env: Environment): ProviderSettings {
  return {
    routes: routesOf(env),
    smtp: smtpOf(env),
    twilio: twilioOf(env),
    sns: snsOf(env),
    bird: birdOf(env),
    webhook: webhookOf(env),
    twilioVerify: twilioVerifyOf(env),
    birdVerify: birdVerifyOf(env),
    birdVerifyV1: birdVerifyV1Of(env),
    transmit: transmitOf(env),
    grid: gridOf(env),
    ezid: ezidOf(env),
    easy: easyOf(env),
  };
}

/** What is missing beside what is there, what production does not allow, and routes that lead nowhere. */
export function checkProviders(env: Environment, fault: Fault): void {
  for (const check of [checkSmtp, checkTwilio, checkSns, checkBird, checkWebhook]) check(env, fault);
  for (const check of [checkBirdV1, checkTransmit, checkGrid, checkEzid, checkEasy]) check(env, fault);
  const channels = channelsOf(providersOf(env));
  for (const [channel, { names = [], byCountry = {} }] of Object.entries(routesOf(env))) {
    const check = (setting: string, list: readonly string[]) => {
      const unknown = list.some((name) => !(name in channels));
      if (unknown) fault(setting, `names an unknown provider; known are ${Object.keys(channels).join(', ')}`);
      const missing = list.find((name) => name in channels && !channels[name]?.includes(channel as RoutedChannel));
      if (missing) fault(setting, `names ${missing}, whose settings for this channel are missing`);
    };
    check(`PROVIDER_${channel}`, names);
    check(`PROVIDER_${channel}_BY_COUNTRY`, Object.values(byCountry).flat());
  }
}

/** The channels that each provider carries with these settings. */
function channelsOf(settings: ProviderSettings): Record<string, readonly unknown[]> {
  const { smtp, twilio, sns, bird, webhook, twilioVerify, birdVerify, birdVerifyV1 } = settings;
  const { transmit, grid, ezid, easy } = settings;
  return {
    smtp: [smtp && 'EMAIL'],
    'twilio-messaging': [twilio?.messaging && 'SMS', twilio?.whatsapp && 'WHATSAPP', twilio?.voice && 'VOICE'],
    'amazon-sns': [sns && 'SMS'],
    'bird-channels': [bird?.smsChannelId && 'SMS'],
    http: webhook?.channels ?? [],
    'twilio-verify': twilioVerify ? ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'] : [],
    'bird-verify': Object.keys(birdVerify?.channels ?? {}),
    'bird-verify-v1': birdVerifyV1 ? ['EMAIL', 'SMS', 'WHATSAPP', 'VOICE'] : [],
    'transmit-security': transmit ? ['EMAIL', 'SMS'] : [],
    'lightspark-grid': grid ? ['EMAIL', 'SMS'] : [],
    ezid: [ezid && 'SMS'],
    'easy-connect': [easy && 'SMS'],
  };
}
